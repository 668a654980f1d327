/* ---- controls ---- */
const option = (label, value) => { const node = make("option", "", label); node.value = value; return node; };
const fillFilters = () => {
  data.options = {};
  for (const name of FILTERS) {
    const values = [...new Set(entries.map((entry) => entry[name]))];
    if (name !== "model" && name !== "task") values.sort();
    data.options[name] = values;
    byId("by-" + name).replaceChildren(option("all", ""), ...values.map((value, index) => option(visible(value) || "not said", String(index))));
  }
  byId("metric").replaceChildren(option("first of the task", ""), ...data.metrics.map((metric, index) => option(visible(metric.name), String(index))));
};
const filterBy = (chosen) => {
  byId("filters").reset();
  for (const [name, value] of Object.entries(chosen)) byId("by-" + name).value = String(data.options[name].indexOf(value));
  refresh();
  byId("samples").scrollIntoView();
};
const listen = () => {
  let timer = 0;
  byId("search").addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(refresh, 150); });
  byId("filters").addEventListener("change", (event) => { if (event.target.id !== "search") refresh(); });
  byId("filters").addEventListener("reset", () => setTimeout(refresh));
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("list").addEventListener("scroll", drawList);
  addEventListener("resize", drawList);
  addEventListener("hashchange", fromAddress);
  byId("zoomed").addEventListener("click", (event) => { event.stopPropagation(); event.target.classList.toggle("full"); });
  byId("zoom").addEventListener("click", () => byId("zoom").close());
  document.addEventListener("keydown", onKey);
  const columns = { by_doc_type: ["doc_class"], by_doc_question: ["doc_class", "question_type"], by_language: ["language"] };
  for (const cell of document.querySelectorAll("td.shade[data-group]")) {
    cell.addEventListener("click", () => {
      const group = JSON.parse(cell.dataset.group);
      filterBy({ model: cell.dataset.model, task: cell.dataset.task,
        ...Object.fromEntries(columns[cell.dataset.grouping].map((name, index) => [name, group[index]])) });
    });
  }
};
const onKey = (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog")) return;
  const inList = event.target.id === "list";
  const actions = { j: () => step(1), k: () => step(-1), "/": () => byId("search").focus(),
    z: () => current && current.request.pages[0] && current.request.pages[0].picture && zoom(current.request.pages[0].picture) };
  if (inList) Object.assign(actions, { ArrowDown: () => step(1), ArrowUp: () => step(-1) });
  if (actions[event.key]) { event.preventDefault(); actions[event.key](); }
};
const fromAddress = () => {
  if (!location.hash.startsWith("#sample/")) return;
  const wanted = entries.find((entry) => "#" + address(entry) === location.hash);
  if (wanted) { select(wanted); byId("samples").scrollIntoView(); }
};

unpack().then((unpacked) => {
  data = unpacked;
  join();
  byId("browser").hidden = false;
  fillFilters();
  listen();
  refresh();
  fromAddress();
  root.dataset.ready = "yes";
});
