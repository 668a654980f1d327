// Everything on this page is there without it: it filters, and switches between light and dark.
{
  const root = document.documentElement;
  const theme = document.getElementById("theme");
  const isDark = () => (root.dataset.theme ||
    (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const showTheme = () => { theme.textContent = isDark() ? "Light" : "Dark"; };
  theme.hidden = false;
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    showTheme();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showTheme);
  showTheme();

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

  // Pictures that the page brings along, each unpacked when its sample is opened.
  const pictures = new Map();
  for (const element of document.querySelectorAll("script.picture")) pictures.set(element.dataset.page, element);
  const unpack = (image) => {
    const bytes = Uint8Array.from(atob(pictures.get(image.dataset.page).textContent), (letter) => letter.charCodeAt(0));
    image.src = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
  };
  for (const change of document.querySelectorAll(".change")) {
    change.addEventListener("toggle", () => {
      for (const image of change.querySelectorAll("img[data-page]:not([src])")) unpack(image);
    });
  }
  root.classList.add("scripted");
  root.dataset.ready = "yes";
}
