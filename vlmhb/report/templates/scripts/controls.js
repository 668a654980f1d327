/* ---- the address: what is chosen, and the sample shown ---- */
const ADDRESS_MS = 250;   // browsers refuse many changes in a short time, and a held key makes many

let addressTimer = 0;
let addressIsOld = false;
const addressOf = () => {
  const chosen = new URLSearchParams();
  for (const filter of filters) if (filter.select.value !== "") chosen.append(filter.name, filter.values[filter.select.value]);
  if (byId("metric").value !== "") chosen.append("metric", index.metrics[byId("metric").value].name);
  if (byId("order").value !== "worst") chosen.append("order", byId("order").value);
  if (byId("search").value.trim()) chosen.append("search", byId("search").value.trim());
  const query = String(chosen);
  const path = current < 0 ? "samples"
    : ["sample", modelOf(current).name, taskOf(current), idOf(current)].map(encodeURIComponent).join("/");
  return "#" + path + (query && "?" + query);
};
const tellAddress = () => {
  addressIsOld = addressTimer !== 0;
  if (addressIsOld) return;
  history.replaceState(null, "", addressOf());
  addressTimer = setTimeout(() => { addressTimer = 0; if (addressIsOld) tellAddress(); }, ADDRESS_MS);
};
const entryNamed = (model, task, id) => {
  for (let entry = 0; entry < size; entry += 1) {
    if (idOf(entry) === id && modelOf(entry).name === model && taskOf(entry) === task) return entry;
  }
  return -1;
};
const decoded = (part) => { try { return decodeURIComponent(part); } catch { return part; } };
// Says whether the address named something here.
const fromAddress = async () => {
  const [path, query = ""] = location.hash.slice(1).split("?", 2);
  const [place, ...names] = path.split("/").map(decoded);
  if (place !== "sample" && (place !== "samples" || !query)) return false;
  const chosen = new URLSearchParams(query);
  for (const filter of filters) filter.select.value = String(chosen.has(filter.name) ? filter.values.indexOf(chosen.get(filter.name)) : "");
  for (const filter of filters) if (filter.select.selectedIndex < 0) filter.select.value = "";
  const metric = index.metrics.findIndex((each) => each.name === chosen.get("metric"));
  byId("metric").value = metric < 0 ? "" : String(metric);
  byId("order").value = Object.hasOwn(NUMBERS, chosen.get("order")) ? chosen.get("order") : "worst";
  byId("search").value = chosen.get("search") || "";
  const wanted = place === "sample" ? entryNamed(...names) : -1;
  await refresh(wanted);
  if (wanted >= 0 && current !== wanted) await select(wanted);
  byId("samples").scrollIntoView();
  return true;
};

/* ---- controls ---- */
const refreshByUser = () => refresh().then(tellAddress);
// Every figure that stands for samples opens them: its `data-show` says by what they are found.
const show = (chosen) => {
  for (const filter of filters) filter.select.value = "";
  for (const [name, value] of Object.entries(chosen)) {
    const filter = filters.find((each) => each.name === name);
    if (filter && filter.values.includes(value)) filter.select.value = String(filter.values.indexOf(value));
  }
  for (const name of ["search", "metric"]) byId(name).value = "";
  byId("order").value = "worst";
  byId("samples").scrollIntoView();
  return refreshByUser();
};
// What a figure stands for: its own part, and those of the row and the table around it.
const filtersOf = (node) => {
  let found = JSON.parse(node.dataset.show);
  for (let at = node.closest("[data-where]"); at; at = at.parentElement.closest("[data-where]")) {
    found = { ...JSON.parse(at.dataset.where), ...found };
  }
  return found;
};
const listenToFigures = () => {
  for (const node of document.querySelectorAll("[data-show]")) {
    node.addEventListener("click", () => show(filtersOf(node)));
  }
};
const listen = () => {
  let timer = 0;
  byId("search").addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(refreshByUser, 150); });
  byId("filters").addEventListener("change", (event) => { if (event.target.id !== "search") refreshByUser(); });
  byId("filters").addEventListener("reset", () => setTimeout(refreshByUser));
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("list").addEventListener("scroll", drawList);
  addEventListener("resize", drawList);
  addEventListener("hashchange", fromAddress);
  byId("show-keys").addEventListener("click", showKeys);
  byId("keys-close").addEventListener("click", () => byId("keys").close());
  document.addEventListener("keydown", onKey);
  listenToZoom();
  listenToFigures();
};
const showKeys = () => byId("keys").showModal();
const zoomCurrent = () => {
  const opener = byId("detail").querySelector("button.picture");
  if (opener) opener.click();
};
const rowsInView = () => Math.max(1, Math.floor(byId("list").clientHeight / ROW_PX) - 1);
const KEYS = { j: () => step(1), k: () => step(-1), h: () => stepModel(-1), l: () => stepModel(1), "/": () => byId("search").focus(),
  z: zoomCurrent, "?": showKeys };
const BROWSER_KEYS = { ArrowLeft: () => stepModel(-1), ArrowRight: () => stepModel(1) };
const LIST_KEYS = { ArrowDown: () => step(1), ArrowUp: () => step(-1), PageDown: () => step(rowsInView()), PageUp: () => step(-rowsInView()),
  Home: () => step(-size), End: () => step(size) };
const onKey = (event) => {
  const { target, key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, select, textarea, #keys")) return;
  // A button that turned the last page is disabled, and has lost the focus to the page behind.
  const action = byId("zoom").open ? ZOOM_KEYS[key] : KEYS[key] || (target.closest("#browser") && BROWSER_KEYS[key]) || (target.id === "list" && LIST_KEYS[key]);
  if (!action) return;
  event.preventDefault();
  action();
  // From here on the arrow keys go on from sample to sample.
  if (key === "j" || key === "k") byId("list").focus({ preventScroll: true });
};

unpack(byId("index")).then(async (unpacked) => {
  join(unpacked);
  byId("browser").hidden = false;
  makeFilters();
  byId("metric").replaceChildren(option("first of the task", ""), ...index.metrics.map((metric, place) => option(visible(metric.name), String(place))));
  listen();
  if (!await fromAddress()) await refresh();
  root.dataset.ready = "yes";
}).catch((error) => {
  byId("broken").hidden = false;
  byId("broken").append(` ${error}`);
  root.dataset.ready = "broken";
});
