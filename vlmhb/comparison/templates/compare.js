// Everything on this page is there without it: it filters, and shows pictures.
{
  for (const box of document.querySelectorAll(".changes")) {
    const changes = [...box.querySelectorAll(".change")];
    const texts = changes.map((change) => change.textContent.toLowerCase());
    const search = box.querySelector("input");
    const buttons = [...box.querySelectorAll("button[data-trend]")];
    const count = box.querySelector(".shown-count");
    let trend = "";
    const filter = () => {
      const wanted = search.value.toLowerCase();
      let shown = 0;
      changes.forEach((change, index) => {
        const fits = (!trend || change.dataset.trend === trend) && texts[index].includes(wanted);
        change.hidden = !fits;
        shown += fits;
      });
      count.textContent = shown + " of " + changes.length;
    };
    for (const button of buttons) {
      button.addEventListener("click", () => {
        trend = button.dataset.trend;
        for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
        filter();
      });
    }
    search.addEventListener("input", filter);
    filter();
  }

  // Each picture that the page brings along is unpacked when its sample is opened.
  for (const change of document.querySelectorAll(".change")) {
    change.addEventListener("toggle", () => {
      for (const image of change.querySelectorAll("img[data-page]:not([src])")) image.src = embeddedAddress(image.dataset.page);
    });
  }
  root.dataset.ready = "yes";
}
