/* ---- detail ---- */
const select = (entry, byUser) => {
  current = entry;
  const list = byId("list");
  if (entry) {
    const top = shown.indexOf(entry) * ROW_PX;
    if (top < list.scrollTop) list.scrollTop = top;
    if (top + ROW_PX > list.scrollTop + list.clientHeight) list.scrollTop = top + ROW_PX - list.clientHeight;
  }
  drawList();
  byId("detail").replaceChildren(...(entry ? detail(entry) : [make("p", "lead", "No sample passes these filters.")]));
  byId("detail").scrollTop = 0;
  const passage = byId("detail").querySelector(".text .passage");
  if (passage) { const box = passage.closest(".text"); box.scrollTop = passage.offsetTop - box.offsetTop - 60; }
  if (entry && byUser) history.replaceState(null, "", "#" + address(entry));
};
const address = (entry) => ["sample", entry.model, entry.task, entry.sample.id].map(encodeURIComponent).join("/");
const step = (by) => {
  const position = shown.indexOf(current) + by;
  if (position >= 0 && position < shown.length) select(shown[position], true);
};

const detail = (entry) => [
  detailHead(entry), otherModels(entry),
  make("div", "columns", pages(entry), make("div", "", scores(entry), question(entry), comparison(entry), prompt(entry), figures(entry))),
];
const detailHead = (entry) => {
  const position = shown.indexOf(entry);
  const back = button("Previous", () => step(-1));
  const next = button("Next", () => step(1));
  back.disabled = position === 0;
  next.disabled = position === shown.length - 1;
  return make("div", "detail-head",
    make("h3", "", visible(entry.sample.id)),
    entry.status === "ok" ? null : make("span", "pill status", entry.status.replaceAll("_", " ")),
    make("span", "soft", visible([entry.task, entry.doc_class, entry.question_type, entry.language].filter(Boolean).join(" · "))),
    make("span", "step", make("span", "soft", `${position + 1} / ${shown.length}`), back, next));
};
const otherModels = (entry) => {
  const same = entries.filter((other) => other.sampleIndex === entry.sampleIndex);
  return make("div", "others", ...same.map((other) => {
    const score = scoreOf(other, "");
    const figure = failed(other) ? other.status.replaceAll("_", " ")
      : score && score.value !== null ? short(score.value) : "–";
    return button(`${visible(other.model)}  ${figure}`, () => select(other, true), other === entry);
  }));
};
const pages = (entry) => make("div", "pages", ...entry.request.pages.map((page) => {
  let picture = make("div", "no-picture", page.problem ? `Not readable: ${visible(page.problem)}` : "No picture of this page");
  if (page.picture) {
    picture = make("img");
    picture.src = page.picture;
    picture.alt = "Page " + page.path;
    picture.addEventListener("click", () => zoom(page.picture));
  }
  return make("figure", "", picture, make("figcaption", "", visible(page.path)));
}));
const zoom = (source) => {
  byId("zoomed").className = "";
  byId("zoomed").src = source;
  byId("zoom").showModal();
};

const block = (title, ...children) => make("div", "block", make("h4", "", title), ...children);
const text = (content, placeholder) => {
  const node = make("pre", "text" + (content === "" ? " empty" : ""), content === "" ? placeholder : visible(content));
  node.dir = "auto";
  return node;
};
const scores = (entry) => {
  if (!entry.scores.length) return null;
  return make("div", "block scores", ...entry.scores.map((score) => {
    const name = make("span", "metric", visible(data.metrics[score.metric].name) + (data.metrics[score.metric].lower ? " ↓" : " ↑"));
    if (score.value === null) return make("div", "score unscored", name, make("b", "", visible(score.reason.replaceAll("_", " "))));
    const fraction = score.denominator === 1 ? null : make("small", "", ` ${trim(score.numerator)} of ${trim(score.denominator)}`);
    return make("div", "score", name, make("b", "", short(score.value)), fraction);
  }));
};
const trim = (number) => String(Number(number.toFixed(3)));
const question = (entry) => entry.sample.question ? block("Question", text(entry.sample.question)) : null;
const prompt = (entry) => {
  const { prompt: sent, system_prompt: system } = entry.request;
  return make("div", "", block("Prompt as sent", text(sent, "none: this model takes no prompt")),
    system ? block("System prompt", text(system)) : null);
};

const comparison = (entry) => {
  if (entry.request.error) {
    const { type, message, traceback } = entry.request.error;
    const more = traceback ? make("details", "", make("summary", "", "Traceback"), text(traceback)) : null;
    return make("div", "", targets(entry), block("Error", text(`${type}: ${message}`), more));
  }
  if (entry.request.text === undefined) return targets(entry);
  if (!entry.diff) return make("div", "", targets(entry), block("Answer", text(entry.request.text, "empty")));
  const box = make("div", "block");
  const draw = () => {
    const texts = sideBySide || entry.diff.level === "passage" ? twoTexts : oneText;
    box.replaceChildren(...texts(entry, draw).filter((node) => node !== null));
  };
  draw();
  return box;
};
const targets = (entry) => {
  const title = entry.sample.targets.length > 1 ? "Targets, any one counts" : "Target";
  return block(title, ...(entry.sample.targets.length ? entry.sample.targets.map((target) => text(target, "empty")) : [text("", "none")]));
};
const viewSwitch = (entry, draw) => {
  if (entry.diff.level === "passage") return null;
  const choose = (value) => () => { sideBySide = value; draw(); };
  return make("span", "switch", button("Inline", choose(false), !sideBySide), button("Side by side", choose(true), sideBySide));
};
const legend = (entry) => make("span", "legend", make("span", "missing", "missing"), " ", make("span", "added", "extra"),
  entry.diff.level === "words" ? " by word" : null);
const oneText = (entry, draw) => {
  const node = make("pre", "text", ...pieces(entry).map(([kind, piece]) => span(kind, piece)));
  node.dir = "auto";
  if (!node.textContent) { node.classList.add("empty"); node.textContent = "empty, as it should be"; }
  return [make("h4", "", "Answer against target", legend(entry), viewSwitch(entry, draw)), node, alternatives(entry)];
};
const twoTexts = (entry, draw) => {
  const all = pieces(entry);
  const side = (hidden) => {
    const node = make("pre", "text", ...all.filter(([kind]) => kind !== hidden).map(([kind, piece]) => span(kind, piece)));
    node.dir = "auto";
    if (!node.textContent) { node.classList.add("empty"); node.textContent = "empty"; }
    return node;
  };
  const target = side("added");
  for (const outside of target.querySelectorAll(".outside")) outside.remove();
  const title = entry.diff.level === "passage" ? "Answer, at the passage closest to the target" : "Answer";
  return [make("div", entry.diff.level === "passage" ? "stack" : "pair", make("div", "", make("h4", "", "Target", legend(entry)), target),
    make("div", "", make("h4", "", title, viewSwitch(entry, draw)), side("missing"))), alternatives(entry)];
};
const alternatives = (entry) => {
  const rest = entry.sample.targets.filter((_, index) => index !== entry.diff.target);
  return rest.length ? make("details", "", make("summary", "soft", `${rest.length} more accepted target${rest.length > 1 ? "s" : ""}`), ...rest.map((target) => text(target, "empty"))) : null;
};
// Turns the runs of a diff into [kind, text]; lengths count code points, as Python does.
const pieces = (entry) => {
  const { target, start, end, runs, level } = entry.diff;
  const before = [...entry.sample.targets[target]];
  const after = [...entry.request.text];
  const inside = level === "passage" ? "passage" : "same";
  const list = [["outside", after.slice(0, start).join("")]];
  let [from, to] = [0, start];
  for (let index = 0; index < runs.length; index += 3) {
    const [kept, missing, added] = runs.slice(index, index + 3);
    list.push([inside, before.slice(from, from + kept).join("")]);
    list.push(["missing", before.slice(from + kept, from + kept + missing).join("")]);
    list.push(["added", after.slice(to + kept, to + kept + added).join("")]);
    from += kept + missing;
    to += kept + added;
  }
  list.push(["outside", after.slice(end).join("")]);
  return list.filter(([, piece]) => piece !== "");
};
// A changed blank or line break must be seen to be believed.
const span = (kind, piece) => make("span", kind, kind === "missing" || kind === "added"
  ? visible(piece).replaceAll("\n", "⏎\n").replaceAll(" ", piece.trim() === "" ? "␣" : " ") : visible(piece));

const figures = (entry) => {
  const measured = entry.request.figures;
  if (!measured) return null;
  const list = make("dl", "facts");
  const fact = (name, value) => list.append(make("div", "", make("dt", "", name), make("dd", "", value)));
  const time = (value) => value === null ? "not measured" : `${value.toFixed(3)} s`;
  const count = (value) => value === null ? "not counted" : String(value);
  fact("preprocessing", time(measured.preprocess_s));
  fact("first token", time(measured.first_token_s));
  fact("generation", time(measured.generate_s));
  fact("tokens", `prompt ${count(measured.prompt_tokens)}, image ${count(measured.image_tokens)}, answer ${count(measured.completion_tokens)}`);
  fact("finish", entry.request.finish_reason === "length" ? "length: cut at max_new_tokens" : entry.request.finish_reason);
  if (entry.request.full_length_chars !== null) fact("cut", `from ${entry.request.full_length_chars} characters`);
  if (entry.request.degraded.length) fact("degraded", visible(entry.request.degraded.join(", ")));
  return block("Figures", list);
};
