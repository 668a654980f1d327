/* ---- filters ---- */
const ROW_PX = 58;
const TITLES = { doc_class: "Class", question_type: "Field", language: "Language" };

let filters = [];     // { name, title, values, options, passes(entry, value), select }
let shown = new Int32Array(0);   // the entries that pass the filters, in order
let current = -1;     // an entry

// A key of a dataset may have a name that every object knows.
const facetFilter = (facet) => ({
  name: Object.hasOwn(TITLES, facet.key) ? facet.key : "group." + facet.key,
  title: Object.hasOwn(TITLES, facet.key) ? TITLES[facet.key] : facet.key,
  values: facet.values,
  options: facet.values.map((value) => visible(value) || "not said"),
  passes: (entry, value) => {
    const places = facet.places[columns.sample[entry]];
    return places === value || (typeof places === "object" && places.includes(value));
  },
});
const ANSWERED = ["answered", "failed"];
const statusFilter = () => ({
  name: "status", title: "Status", keepsOrder: true, values: [...ANSWERED, ...index.statuses],
  options: ["answered", "failed, any reason", ...index.statuses.map((status) => status.replaceAll("_", " "))],
  passes: (entry, value) => value < ANSWERED.length ? failed(entry) === (value === 1)
    : index.requests.status[columns.request[entry]] === value - ANSWERED.length,
});
const differFilter = () => ({
  name: "differ", title: "Models disagree", keepsOrder: true, values: ["text", "score"], options: ["in text", "in score"],
  passes: (entry, value) => (evaluationOf(entry).differ[columns.row[entry]] & (1 << value)) !== 0,
  useless: index.evaluations.every((evaluation) => evaluation.differ.every((differ) => differ === 0)),
});
const verdictFilter = () => ({
  name: "class", title: "Kind of mistake", values: index.verdicts.values, options: index.verdicts.values, keepsOrder: true,
  passes: (entry, value) => index.verdicts.places[entry] === value,
});
const markFilter = () => ({
  name: "mark", title: "On the way", values: index.marks.values, options: index.marks.values.map(visible),
  passes: (entry, value) => index.marks.places[columns.request[entry]].includes(value),
  useless: index.marks.values.length === 0, isRare: true,
});
const hasGaps = (metric) => index.evaluations.some((evaluation) =>
  evaluation.scores.some((column) => column.metric === metric && column.denominators.includes(null)));
const unjudgedFilter = () => {
  const metrics = [...index.metrics.keys()].filter((metric) =>
    hasGaps(metric) && columns.row.some((_, entry) => !judged(entry, metric)));
  const names = metrics.map((metric) => index.metrics[metric].name);
  return {
    name: "unjudged", title: "Not judged by", keepsOrder: true, values: names, options: names.map(visible),
    passes: (entry, value) => !judged(entry, metrics[value]),
    useless: names.length === 0, isRare: true,
  };
};
const makeFilters = () => {
  const models = index.models.map((model) => model.name);
  filters = [
    { name: "model", title: "Model", values: models, options: models.map(visible), passes: (entry, value) => columns.model[entry] === value, keepsOrder: true },
    { name: "task", title: "Task", values: index.tasks, options: index.tasks.map(visible), passes: (entry, value) => index.samples.task[columns.sample[entry]] === value, keepsOrder: true },
    ...index.facets.map(facetFilter), statusFilter(), verdictFilter(), unjudgedFilter(), markFilter(), differFilter(),
  ];
  for (const filter of filters) {
    const places = filter.values.map((_, place) => place);
    if (!filter.keepsOrder) places.sort((one, other) => filter.options[one].localeCompare(filter.options[other]));
    filter.select = make("select", "", option("all", ""), ...places.map((place) => option(filter.options[place], String(place))));
    filter.select.id = "by-" + filter.name;
    const label = make("label", "", visible(filter.title) + " ", filter.select);
    label.hidden = filter.useless || (filter.values.length < 2 && !filter.isRare);
    byId("chosen").append(label);
  }
};
const option = (label, value) => { const node = make("option", "", label); node.value = value; return node; };

/* ---- order ---- */
const NONE = NaN;
const valueFor = (entry, metric, figure) => {
  const score = scoreOf(entry, metric);
  return score && score.value !== null ? figure(score) : NONE;
};
const NUMBERS = {
  worst: (metric) => (entry) => failed(entry) ? Infinity : valueFor(entry, metric, loss),
  best: (metric) => (entry) => failed(entry) ? NONE : -valueFor(entry, metric, loss),
  slow: () => (entry) => index.requests.ms[columns.request[entry]] ?? NONE,
  long: () => (entry) => index.requests.chars[columns.request[entry]] ?? NONE,
  plan: () => () => 0,
};
const orders = new Map();
// The largest number first; entries without one come last, and models that only show the machinery
// after all others.
const ordered = (order, metric) => {
  const key = `${order} ${metric}`;
  if (!orders.has(key)) {
    const numbers = Float64Array.from({ length: size }, (_, entry) => NUMBERS[order](metric)(entry));
    const late = index.models.map((model) => order !== "plan" && model.mechanism ? 1 : 0);
    orders.set(key, Int32Array.from({ length: size }, (_, entry) => entry).sort((one, other) => {
      const [a, b] = [numbers[one], numbers[other]];
      const apart = late[columns.model[one]] - late[columns.model[other]] || Number.isNaN(a) - Number.isNaN(b);
      if (apart) return apart;
      return a === b || Number.isNaN(a) ? one - other : b - a;
    }));
  }
  return orders.get(key);
};

let turn = 0;
const refresh = async (wanted = current) => {
  turn += 1;
  const mine = turn;
  const needle = byId("search").value.trim().toLowerCase();
  const found = needle === "" ? null : await search(needle, () => mine === turn);
  if (mine !== turn) return;
  byId("searching").hidden = true;
  const active = filters.filter((filter) => filter.select.value !== "").map((filter) => [filter, Number(filter.select.value)]);
  shown = ordered(byId("order").value, byId("metric").value).filter((entry) =>
    (!found || found.samples[columns.sample[entry]] || found.requests[columns.request[entry]])
    && active.every(([filter, value]) => filter.passes(entry, value)));
  byId("found").textContent = shown.length === size ? `${size} samples` : `${shown.length} of ${size} samples`;
  byId("rows").style.height = shown.length * ROW_PX + "px";
  byId("list").scrollTop = 0;
  await select(shown.includes(wanted) ? wanted : shown[0] ?? -1);
};

/* ---- list: only the rows in view exist ---- */
const drawList = () => {
  const list = byId("list");
  const first = Math.max(0, Math.floor(list.scrollTop / ROW_PX) - 4);
  const last = Math.min(shown.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW_PX) + 4);
  byId("rows").replaceChildren(...Array.from(shown.subarray(first, last), (entry, offset) => listRow(entry, first + offset)));
  list.toggleAttribute("aria-activedescendant", false);
  if (byId("row-" + current)) list.setAttribute("aria-activedescendant", "row-" + current);
};
const listRow = (entry, position) => {
  const about = [modelOf(entry).name, facetOf(entry, "question_type") || facetOf(entry, "doc_class")];
  const row = make("div", "entry", make("div", "title", visible(idOf(entry))), mark(entry),
    make("div", "under", visible(about.filter(Boolean).join(" · "))));
  row.id = "row-" + entry;
  row.style.transform = `translateY(${position * ROW_PX}px)`;
  row.setAttribute("role", "option");
  row.setAttribute("aria-selected", String(entry === current));
  row.setAttribute("aria-posinset", String(position + 1));
  row.setAttribute("aria-setsize", String(shown.length));
  row.addEventListener("click", () => select(entry, true));
  return row;
};
const mark = (entry) => {
  if (failed(entry)) return make("span", "mark failed", statusOf(entry).replaceAll("_", " "));
  const score = scoreOf(entry, byId("metric").value);
  if (!score || score.value === null) return make("span", "mark nothing", "–");
  const level = Math.round(10 * (1 - Math.min(1, Math.max(0, loss(score)))));
  return make("span", `mark h${level}`, short(score.value));
};
