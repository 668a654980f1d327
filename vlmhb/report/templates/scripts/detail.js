/* ---- detail ---- */
let sideBySide = false;
let drawing = 0;

const select = async (entry, byUser) => {
  current = entry;
  drawing += 1;
  const mine = drawing;
  reveal(shown.indexOf(entry));
  drawList();
  if (byUser) tellAddress();
  const box = byId("detail");
  box.setAttribute("aria-busy", "true");
  const texts = entry < 0 ? null : await textsOf(entry);
  if (mine !== drawing) return;
  box.replaceChildren(...(texts ? detail(texts) : [make("p", "lead", "No sample passes these filters.")]));
  box.setAttribute("aria-busy", "false");
  box.scrollTop = 0;
  const passage = box.querySelector(".text .passage");
  if (passage) { const around = passage.closest(".text"); around.scrollTop = passage.offsetTop - around.offsetTop - 60; }
};
// A row just outside comes into view; one from elsewhere, to the middle.
const reveal = (position) => {
  const list = byId("list");
  const top = position * ROW_PX;
  const [above, below] = [list.scrollTop - top, top + ROW_PX - list.scrollTop - list.clientHeight];
  if (position < 0 || (above <= 0 && below <= 0)) return;
  if (Math.max(above, below) > 2 * ROW_PX) list.scrollTop = top - (list.clientHeight - ROW_PX) / 2;
  else list.scrollTop += above > 0 ? -above : below;
};
const step = (by) => {
  const position = shown.indexOf(current);
  const wanted = Math.min(shown.length - 1, Math.max(0, position + by));
  if (position >= 0 && wanted !== position) select(shown[wanted], true);
};
const stepModel = (by) => {
  if (current < 0) return;
  const same = entriesOf(columns.sample[current]);
  const wanted = same[same.indexOf(current) + by];
  if (wanted !== undefined) select(wanted, true);
};

const detail = (texts) => [
  detailHead(texts), otherModels(texts.place),
  make("div", "columns", pages(texts), make("div", "", scores(texts.place), question(texts), comparison(texts), prompt(texts), figures(texts))),
];
const detailHead = ({ place }) => {
  const position = shown.indexOf(place);
  const back = button("Previous", () => step(-1));
  const next = button("Next", () => step(1));
  back.disabled = position <= 0;
  next.disabled = position < 0 || position === shown.length - 1;
  const about = [taskOf(place), ...index.facets.map((facet) => facetOf(place, facet.key))];
  const status = statusOf(place);
  return make("div", "detail-head",
    make("h3", "", visible(idOf(place))),
    status === "ok" ? null : make("span", "pill status", status.replaceAll("_", " ")),
    failed(place) ? null : make("span", "pill verdict", verdictOf(place)),
    make("span", "soft", visible(about.filter(Boolean).join(" · "))),
    make("span", "step", make("span", "soft", position < 0 ? "not among the chosen" : `${position + 1} / ${shown.length}`), back, next));
};
const otherModels = (place) => make("div", "others", ...Array.from(entriesOf(columns.sample[place]), (other) => {
  const score = scoreOf(other, "");
  const figure = failed(other) ? statusOf(other).replaceAll("_", " ")
    : score && score.value !== null ? short(score.value) : "–";
  return button(`${visible(modelOf(other).name)}  ${figure}`, () => select(other, true), other === place);
}));

const section = (title, ...children) => make("div", "block", make("h4", "", ...[title].flat()), ...children);
// A page from disk may write to the clipboard in most browsers; where it may not, there is no button.
const copy = (content) => {
  if (!isSecureContext || !navigator.clipboard) return null;
  const node = button("Copy", () => navigator.clipboard.writeText(content).then(
    () => { node.textContent = "Copied"; setTimeout(() => { node.textContent = "Copy"; }, 1500); },
    () => node.remove()));
  node.className = "copy";
  return node;
};
// Browsers take seconds to find where a word of 100,000 letters may be broken, so they are told.
const breakable = (content) => content.split(/(\S{300})/u).flatMap((piece, place) => place % 2 ? [piece, make("wbr")] : [piece]);
const text = (content, placeholder) => {
  const node = make("pre", "text" + (content === "" ? " empty" : ""), ...(content === "" ? [placeholder] : breakable(visible(content))));
  node.dir = "auto";
  return node;
};
const scores = (place) => {
  const all = scoresOf(place);
  if (!all.length) return null;
  return make("div", "block scores", ...all.map((score) => {
    const metric = index.metrics[score.metric];
    const name = make("span", "metric", visible(metric.name) + (metric.lower ? " ↓" : " ↑"));
    if (score.value === null) return make("div", "score unscored", name, make("b", "", visible(score.reason.replaceAll("_", " "))));
    const fraction = score.denominator === 1 ? null : make("small", "", ` ${trim(score.numerator)} of ${trim(score.denominator)}`);
    return make("div", "score", name, make("b", "", short(score.value)), fraction);
  }));
};
const trim = (number) => String(Number(number.toFixed(3)));
const question = ({ sample }) => sample.question ? section("Question", text(sample.question)) : null;
const prompt = ({ request }) => {
  const source = request.prompt_source ? make("span", "legend", visible(request.prompt_source)) : null;
  return make("div", "",
    section(["Prompt as sent", source, request.prompt ? copy(request.prompt) : null], text(request.prompt, "none: this model takes no prompt")),
    request.system_prompt ? section(["System prompt as sent", copy(request.system_prompt)], text(request.system_prompt)) : null);
};

const comparison = (texts) => {
  const { request, answer, diff } = texts;
  if (request.error) {
    const { type, message, traceback } = request.error;
    const more = traceback ? make("details", "", make("summary", "", "Traceback"), text(traceback)) : null;
    return make("div", "", targets(texts), section("Error", text(`${type}: ${message}`), more));
  }
  if (answer === undefined) return targets(texts);
  if (!diff) return make("div", "", targets(texts), section(["Answer", copy(answer)], text(answer, "empty")));
  const box = make("div", "block");
  const draw = () => {
    const shape = sideBySide || diff.level === "passage" ? twoTexts : oneText;
    box.replaceChildren(...shape(texts, draw).filter((node) => node !== null));
  };
  draw();
  return box;
};
const targets = ({ sample }) => {
  const title = sample.targets.length > 1 ? "Targets, any one counts" : "Target";
  return section(title, ...(sample.targets.length ? sample.targets.map((target) => text(target, "empty")) : [text("", "none")]));
};
const viewSwitch = (diff, draw) => {
  if (diff.level === "passage") return null;
  const choose = (value) => () => { sideBySide = value; draw(); };
  return make("span", "switch", button("Inline", choose(false), !sideBySide), button("Side by side", choose(true), sideBySide));
};
const legend = (diff) => make("span", "legend", make("span", "missing", "missing"), " ", make("span", "added", "extra"),
  diff.level === "words" ? " by word" : null);
const oneText = (texts, draw) => {
  const node = make("pre", "text", ...pieces(texts).map(([kind, piece]) => span(kind, piece)));
  node.dir = "auto";
  if (!node.textContent) { node.classList.add("empty"); node.textContent = "empty, as it should be"; }
  return [make("h4", "", "Answer against target", legend(texts.diff), copy(texts.answer), viewSwitch(texts.diff, draw)), node, alternatives(texts)];
};
const twoTexts = (texts, draw) => {
  const all = pieces(texts);
  const isPassage = texts.diff.level === "passage";
  const side = (hidden) => {
    const node = make("pre", "text", ...all.filter(([kind]) => kind !== hidden).map(([kind, piece]) => span(kind, piece)));
    node.dir = "auto";
    if (!node.textContent) { node.classList.add("empty"); node.textContent = "empty"; }
    return node;
  };
  const target = side("added");
  for (const outside of target.querySelectorAll(".outside")) outside.remove();
  const title = isPassage ? "Answer, at the passage closest to the target" : "Answer";
  return [make("div", isPassage ? "stack" : "pair",
    make("div", "", make("h4", "", "Target", legend(texts.diff), copy(texts.sample.targets[texts.diff.target || 0])), target),
    make("div", "", make("h4", "", title, copy(texts.answer), viewSwitch(texts.diff, draw)), side("missing"))), alternatives(texts)];
};
const alternatives = ({ sample, diff }) => {
  const rest = sample.targets.filter((_, place) => place !== (diff.target || 0));
  return rest.length ? make("details", "", make("summary", "soft", `${rest.length} more accepted target${rest.length > 1 ? "s" : ""}`), ...rest.map((target) => text(target, "empty"))) : null;
};
// Turns the runs of a diff into [kind, text].
const pieces = ({ sample, answer, diff }) => {
  const before = codePoints(sample.targets[diff.target || 0]);
  const after = codePoints(answer);
  const { runs, start = 0, end = after.length } = diff;
  const inside = diff.level === "passage" ? "passage" : "same";
  const list = [["outside", after.cut(0, start)]];
  let [from, to] = [0, start];
  for (let at = 0; at < runs.length; at += 3) {
    const [kept, missing, added] = [runs[at], runs[at + 1], runs[at + 2]];
    list.push([inside, before.cut(from, from + kept)]);
    list.push(["missing", before.cut(from + kept, from + kept + missing)]);
    list.push(["added", after.cut(to + kept, to + kept + added)]);
    from += kept + missing;
    to += kept + added;
  }
  list.push(["outside", after.cut(end, after.length)]);
  return list.filter(([, piece]) => piece !== "");
};
// A changed blank or line break must be seen to be believed.
const span = (kind, piece) => make("span", kind, ...breakable(kind === "missing" || kind === "added"
  ? visible(piece).replaceAll("\n", "⏎\n").replaceAll(" ", piece.trim() === "" ? "␣" : " ") : visible(piece)));

const figures = ({ request }) => {
  if (!request.figures) return null;
  const [preprocess, first, generate, prompts, images, answer] = request.figures;
  const list = make("dl", "facts");
  const fact = (name, value) => list.append(make("div", "", make("dt", "", name), make("dd", "", value)));
  const time = (value) => value === null ? "not measured" : `${value.toFixed(3)} s`;
  const count = (value) => value === null ? "not counted" : String(value);
  fact("preprocessing", time(preprocess));
  fact("first token", time(first));
  fact("generation", time(generate));
  fact("tokens", `prompt ${count(prompts)}, image ${count(images)}, answer ${count(answer)}`);
  fact("finish", request.finish_reason === "length" ? "length: cut at max_new_tokens" : request.finish_reason);
  if (request.full_length_chars !== undefined) fact("cut", `from ${request.full_length_chars} characters`);
  if (request.degraded) fact("degraded", visible(request.degraded.join(", ")));
  return section("Figures", list);
};
