/* ---- data: as written by vlmhb/report/page/payload.py ---- */
const KEPT_BLOCKS = 24;

let index;            // columns and the texts they name
let size = 0;         // how many entries there are: one sample of one evaluation each
let columns;          // by name, a number for each entry
let ofSample;         // where the entries of each sample begin in `columns.together`
let firsts;           // of each block of texts, its first sample and its first request
let blockElements;

const unpack = (element) => new Response(
  new Blob([bytesOf(element.textContent)]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
const summed = (steps) => {
  let place = 0;
  return Int32Array.from(steps, (step) => { place += step; return place; });
};

const join = (unpacked) => {
  index = unpacked;
  index.samples.task = summed(index.samples.task);
  firsts = { samples: summed(index.blocks.samples), requests: summed(index.blocks.requests) };
  blockElements = document.querySelectorAll("script.texts");
  size = index.evaluations.reduce((sum, evaluation) => sum + evaluation.samples.length, 0);
  columns = {};
  for (const name of ["evaluation", "row", "model", "sample", "request", "together"]) columns[name] = new Int32Array(size);
  let start = 0;
  index.evaluations.forEach((evaluation, place) => {
    const end = start + evaluation.samples.length;
    columns.evaluation.fill(place, start, end);
    columns.model.fill(evaluation.model, start, end);
    columns.sample.set(summed(evaluation.samples), start);
    columns.request.set(summed(evaluation.requests), start);
    for (let entry = start; entry < end; entry += 1) columns.row[entry] = entry - start;
    start = end;
  });
  gather();
};
// Entries by sample, those of one sample in the order of the plan.
const gather = () => {
  ofSample = new Int32Array(index.samples.id.length + 1);
  for (const sample of columns.sample) ofSample[sample + 1] += 1;
  for (let sample = 0; sample < index.samples.id.length; sample += 1) ofSample[sample + 1] += ofSample[sample];
  const free = ofSample.slice();
  columns.sample.forEach((sample, entry) => { columns.together[free[sample]] = entry; free[sample] += 1; });
};
const entriesOf = (sample) => columns.together.subarray(ofSample[sample], ofSample[sample + 1]);

const evaluationOf = (entry) => index.evaluations[columns.evaluation[entry]];
const modelOf = (entry) => index.models[columns.model[entry]];
const taskOf = (entry) => index.tasks[index.samples.task[columns.sample[entry]]];
const idOf = (entry) => index.samples.id[columns.sample[entry]];
const statusOf = (entry) => index.statuses[index.requests.status[columns.request[entry]]];
const failed = (entry) => !["ok", "empty", "truncated"].includes(statusOf(entry));
const verdictOf = (entry) => index.verdicts.values[index.verdicts.places[entry]];
const facetOf = (entry, key) => {
  const facet = index.facets.find((each) => each.key === key);
  return [facet.places[columns.sample[entry]]].flat().map((place) => facet.values[place]).join(", ");
};

/* ---- scores ---- */
const scoreIn = (column, row) => {
  const [numerator, denominator] = [column.numerators[row], column.denominators[row]];
  if (numerator === null) return null;
  const value = denominator === null ? null : numerator / denominator;
  return { metric: column.metric, value, numerator, denominator, reason: denominator === null ? index.reasons[numerator] : "" };
};
const scoresOf = (entry) => evaluationOf(entry).scores.map((column) => scoreIn(column, columns.row[entry])).filter(Boolean);
const metricOf = (entry, metric) => metric === "" ? evaluationOf(entry).primary : Number(metric);
const scoreOf = (entry, metric) => {
  const wanted = metricOf(entry, metric);
  const column = evaluationOf(entry).scores.find((each) => each.metric === wanted);
  return column ? scoreIn(column, columns.row[entry]) : null;
};
const judged = (entry, metric) => {
  const score = failed(entry) ? null : scoreOf(entry, String(metric));
  return !score || score.value !== null || score.numerator === index.no_figure;
};
// Less is better for every metric: what "worst first" sorts by.
const loss = (score) => index.metrics[score.metric].lower ? score.value : 1 - score.value;
// As vlmhb/report/numbers.py writes numbers.
const short = (number) => Math.abs(number) < 10 ? number.toFixed(3)
  : Math.abs(number) < 1e7 ? number.toFixed(1) : number.toExponential(3);

/* ---- texts: a block is unpacked when one of its samples is looked at ---- */
const unpackedBlocks = new Map();
const blockHolding = (starts, place) => {
  let [low, high] = [0, starts.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= place) low = middle; else high = middle;
  }
  return low;
};
const unpackedBlock = async (number) => {
  const rows = await unpack(blockElements[number]);
  return { rows, requests: rows.flatMap((row) => row.requests) };
};
const block = (number) => {
  const found = unpackedBlocks.get(number) || unpackedBlock(number);
  unpackedBlocks.delete(number);
  unpackedBlocks.set(number, found);
  if (unpackedBlocks.size > KEPT_BLOCKS) unpackedBlocks.delete(unpackedBlocks.keys().next().value);
  return found;
};
const textsOf = async (entry) => {
  const [sample, request] = [columns.sample[entry], columns.request[entry]];
  const [own, other] = [blockHolding(firsts.samples, sample), blockHolding(firsts.requests, request)];
  const row = (await block(own)).rows[sample - firsts.samples[own]];
  const asked = (await block(other)).requests[request - firsts.requests[other]];
  const diff = row.diffs[entriesOf(sample).indexOf(entry)];
  return { place: entry, sample: row, request: asked, diff, answer: answerOf(asked, row.targets, diff) };
};
// An answer that one sample alone got is told by its target and what differs.
const answerOf = (request, targets, diff) => {
  if (request.text !== undefined) return request.text;
  if (request.error || !diff || diff.added === undefined) return undefined;
  const before = codePoints(targets[diff.target || 0]);
  const extra = codePoints(diff.added);
  let [from, to, answer] = [0, 0, ""];
  for (let at = 0; at < diff.runs.length; at += 3) {
    const [kept, missing, added] = [diff.runs[at], diff.runs[at + 1], diff.runs[at + 2]];
    answer += before.cut(from, from + kept) + extra.cut(to, to + added);
    from += kept + missing;
    to += added;
  }
  return answer;
};
// Python counts code points, JavaScript counts two for those beyond the first 65,536.
const codePoints = (text) => {
  if (!/[\ud800-\udfff]/.test(text)) return { length: text.length, cut: (start, end) => text.slice(start, end) };
  const points = [...text];
  return { length: points.length, cut: (start, end) => points.slice(start, end).join("") };
};

/* ---- search ---- */
const searchable = [];
const searchableBlock = async (number) => {
  const { rows, requests } = await block(number);
  const told = new Map();
  const first = firsts.samples[number];
  rows.forEach((row, at) => entriesOf(first + at).forEach((entry, place) => {
    const request = columns.request[entry] - firsts.requests[number];
    if (requests[request] && !told.has(request)) told.set(request, answerOf(requests[request], row.targets, row.diffs[place]));
  }));
  return {
    samples: rows.map((row, at) => [index.samples.id[first + at], row.document, row.question, ...row.targets].join("\n").toLowerCase()),
    requests: requests.map((request, at) => request.error ? request.error.message.toLowerCase() : (told.get(at) || "").toLowerCase()),
  };
};
// Marks of the samples and requests that hold `needle`; null when nobody waits for them any more.
const search = async (needle, isWanted) => {
  const found = { samples: new Uint8Array(index.samples.id.length), requests: new Uint8Array(index.requests.status.length) };
  const progress = byId("searching");
  progress.max = blockElements.length;
  for (let number = 0; number < blockElements.length; number += 1) {
    if (!searchable[number]) {
      progress.hidden = false;
      progress.value = number;
      searchable[number] = await searchableBlock(number);
      if (!isWanted()) return null;
    }
    for (const kind of ["samples", "requests"]) {
      searchable[number][kind].forEach((text, at) => { if (text.includes(needle)) found[kind][firsts[kind][number] + at] = 1; });
    }
  }
  progress.hidden = true;
  return found;
};
