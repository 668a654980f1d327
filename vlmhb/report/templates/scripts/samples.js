/* ---- data ---- */
const unpack = async () => {
  const packed = Uint8Array.from(atob(byId("data").textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
};

let data;             // as written by vlmhb/report/payload.py
let entries = [];     // data.entries joined with what they name
let shown = [];       // the entries that pass the filters, in order
let current = null;
let sideBySide = false;

const join = () => {
  entries = data.entries.map((entry, index) => {
    const sample = data.samples[entry.sample];
    const request = data.requests[entry.request];
    return {
      ...entry, index, sample, request, sampleIndex: entry.sample,
      mechanism: data.models[entry.model].mechanism,
      model: data.models[entry.model].name, task: data.tasks[sample.task],
      doc_class: sample.doc_class, question_type: sample.question_type, language: sample.language,
    };
  });
};
const scoreOf = (entry, metric) =>
  entry.scores.find((score) => score.metric === (metric === "" ? entry.primary : Number(metric)));
// Less is better for every metric: what "worst first" sorts by.
const loss = (entry, metric) => {
  const score = scoreOf(entry, metric);
  if (!score || score.value === null) return null;
  return data.metrics[score.metric].lower ? score.value : 1 - score.value;
};
// As vlmhb/report/numbers.py writes numbers.
const short = (number) => Math.abs(number) < 10 ? number.toFixed(3)
  : Math.abs(number) < 1e7 ? number.toFixed(1) : number.toExponential(3);
const failed = (entry) => !["ok", "empty", "truncated"].includes(entry.status);
const seconds = (entry) => {
  const figures = entry.request.figures || {};
  const parts = [figures.preprocess_s, figures.generate_s].filter((part) => part !== null && part !== undefined);
  return parts.length ? parts.reduce((sum, part) => sum + part, 0) : null;
};

/* ---- filter and order ---- */
const haystack = (entry) => entry.haystack ??= [entry.sample.id, entry.sample.document,
  entry.sample.question, ...entry.sample.targets, entry.request.text || "",
  entry.request.error ? entry.request.error.message : ""].join("\n").toLowerCase();
const ORDERS = {
  plan: () => (one, other) => one.index - other.index,
  worst: (metric) => byNumber((entry) => failed(entry) ? Infinity : loss(entry, metric), true),
  best: (metric) => byNumber((entry) => failed(entry) ? null : loss(entry, metric), false),
  slow: () => byNumber(seconds, true),
  long: () => byNumber((entry) => entry.request.text ? entry.request.text.length : null, true),
};
// Entries without the number come last, and models that only show the machinery after all others.
const byNumber = (number, descending) => {
  const numbers = new Map(entries.map((entry) => [entry, number(entry)]));
  return (one, other) => {
    if (one.mechanism !== other.mechanism) return one.mechanism - other.mechanism;
    const [a, b] = [numbers.get(one), numbers.get(other)];
    if (a === b) return one.index - other.index;
    if (a === null || b === null) return (a === null) - (b === null);
    return descending ? b - a : a - b;
  };
};
const refresh = () => {
  const wanted = FILTERS.map((name) => [name, byId("by-" + name).value]).filter(([, value]) => value !== "");
  const needle = byId("search").value.trim().toLowerCase();
  shown = entries
    .filter((entry) => wanted.every(([name, value]) => entry[name] === data.options[name][value]))
    .filter((entry) => needle === "" || haystack(entry).includes(needle))
    .sort(ORDERS[byId("order").value](byId("metric").value));
  byId("found").textContent = shown.length === entries.length
    ? `${entries.length} samples` : `${shown.length} of ${entries.length} samples`;
  byId("rows").style.height = shown.length * ROW_PX + "px";
  byId("list").scrollTop = 0;
  select(shown.includes(current) ? current : shown[0] || null);
};

/* ---- list: only the rows in view exist ---- */
const drawList = () => {
  const list = byId("list");
  const first = Math.max(0, Math.floor(list.scrollTop / ROW_PX) - 4);
  const last = Math.min(shown.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW_PX) + 4);
  byId("rows").replaceChildren(...shown.slice(first, last).map((entry, offset) => listRow(entry, first + offset)));
};
const listRow = (entry, position) => {
  const row = make("div", "entry",
    make("div", "title", visible(entry.sample.id)),
    mark(entry),
    make("div", "under", visible([entry.model, entry.question_type || entry.doc_class].filter(Boolean).join(" · "))));
  row.style.transform = `translateY(${position * ROW_PX}px)`;
  row.setAttribute("role", "option");
  row.setAttribute("aria-selected", String(entry === current));
  row.addEventListener("click", () => select(entry, true));
  return row;
};
const mark = (entry) => {
  if (failed(entry)) return make("span", "mark failed", entry.status.replaceAll("_", " "));
  const metric = byId("metric").value;
  const score = scoreOf(entry, metric);
  if (!score || score.value === null) return make("span", "mark nothing", "–");
  const level = Math.round(10 * (1 - Math.min(1, Math.max(0, loss(entry, metric)))));
  return make("span", `mark h${level}`, short(score.value));
};
