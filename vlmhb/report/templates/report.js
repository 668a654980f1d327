"use strict";
// Everything a model or a dataset wrote reaches the page as a text node. The content policy makes
// the browser refuse any other way.
(() => {
  const ROW_PX = 58;
  const FILTERS = ["model", "task", "doc_class", "question_type", "language", "status"];
  const byId = (id) => document.getElementById(id);

  const make = (tag, className, ...children) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  };
  const button = (label, action, pressed) => {
    const node = make("button", "", label);
    node.type = "button";
    if (pressed !== undefined) node.setAttribute("aria-pressed", String(pressed));
    node.addEventListener("click", action);
    return node;
  };

  // The same characters that the tables of this page spell out.
  const INVISIBLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\p{Noncharacter_Code_Point}]/gu;
  const visible = (text) => text.replace(INVISIBLE, (character) => {
    const code = character.codePointAt(0).toString(16);
    if (code.length <= 2) return "\\x" + code.padStart(2, "0");
    return code.length <= 4 ? "\\u" + code.padStart(4, "0") : "\\U" + code.padStart(8, "0");
  });

  /* ---- theme ---- */
  const root = document.documentElement;
  const themeButton = byId("theme");
  const isDark = () => (root.dataset.theme ||
    (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const showTheme = () => { themeButton.textContent = isDark() ? "Light" : "Dark"; };
  themeButton.hidden = false;
  themeButton.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    showTheme();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showTheme);
  showTheme();
  root.classList.add("scripted");

  /* ---- sortable tables ---- */
  const sortBy = (header) => {
    const table = header.closest("table");
    const column = [...header.parentNode.children].indexOf(header);
    const up = header.getAttribute("aria-sort") !== "ascending";
    const numeric = header.dataset.sort === "number";
    const value = (row) => row.children[column].dataset.value ?? "";
    for (const other of header.parentNode.children) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", up ? "ascending" : "descending");
    const body = table.tBodies[0];
    const rows = [...body.rows].sort((one, other) => {
      const [a, b] = [value(one), value(other)];
      if (a === "" || b === "") return (a === "") - (b === "");
      const order = numeric ? a - b : a.localeCompare(b);
      return up ? order : -order;
    });
    body.append(...rows);
  };
  for (const header of document.querySelectorAll("table.sortable th[data-sort]")) {
    header.tabIndex = 0;
    header.addEventListener("click", () => sortBy(header));
    header.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); sortBy(header); }
    });
  }

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
})();
