"""H1: report.html of many samples beside the same rows as a plain HTML table, in Chromium.

Usable is a page whose load event, script and next two frames are over. Texts are made of words with
the frequencies of a language, half of them Russian; answers differ from their targets by nothing to
every fifth character.
"""

import html
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from tests.bench.measured import measure
from tests.bench.row import Row
from tests.browser import CHROMIUM, NO_CHROMIUM, READY, Tab, opened_tab
from tests.build import loaded, model, sample
from vlmhb.domain.answer import Answer, Timing, Usage
from vlmhb.domain.results import Results
from vlmhb.domain.run import Evaluation, LoadedTask, Request, RunPlan
from vlmhb.domain.score import SampleScore, Score
from vlmhb.domain.task import AnswerKind, Generation
from vlmhb.report.charts.page_charts import Drawing
from vlmhb.report.entries import Entry, entries_of
from vlmhb.report.figures.leaderboard import leaderboard
from vlmhb.report.page.payload import payload_of
from vlmhb.report.page.to_html import report_html
from vlmhb.system.chart_drawer import ChartDrawer

SMALL, LARGE = 5_000, 50_000
CHARS = 500
"""Of a target, and about as many of its answer."""
ROUNDS = 7
METRICS = ("cer", "wer", "anls")
NOISE = (0.0, 0.01, 0.05, 0.2)
LETTERS = ("абвгдежзийклмнопрстуфхцчшыьэюя", "abcdefghijklmnopqrstuvwxyz0123456789")
FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))"
IDLE = """new Promise((done) => {
  const box = document.getElementById("detail");
  const check = () => box.getAttribute("aria-busy") === "false" ? done(1) : setTimeout(check, 5);
  setTimeout(check, 0);
})"""
CHOSEN = """((id, value) => {
  const node = document.getElementById(id);
  node.value = value;
  node.dispatchEvent(new Event("change", { bubbles: true }));
})"""
SOUGHT = """new Promise((done) => {
  const found = document.getElementById("found");
  new MutationObserver(() => done(1)).observe(found, { childList: true });
  const search = document.getElementById("search");
  search.value = %r;
  search.dispatchEvent(new Event("input", { bubbles: true }));
})"""
SCROLLED = """(async () => {
  const list = document.getElementById("list");
  for (let step = 1; step <= 50; step += 1) {
    list.scrollTop = list.scrollHeight * step / 50;
    await new Promise((done) => requestAnimationFrame(done));
  }
})()"""
ROWS_HIDDEN = """for (const row of document.querySelectorAll("tbody tr")) {
  row.hidden = row.children[2].textContent !== "class 3";
}"""
"""What a plain table can do instead of a filter."""


class Author:
    """Writes words as often as a language does: few of them all the time, most of them seldom."""

    def __init__(self) -> None:
        self._dice = Random(1)
        self._words = [
            ["".join(self._dice.choices(letters, k=self._dice.randint(2, 11))) for _ in range(9000)]
            for letters in LETTERS
        ]
        self._weights = [1 / (rank + 3) for rank in range(9000)]

    def text(self, number: int) -> str:
        """`CHARS` characters in lines."""
        words = self._dice.choices(self._words[number % 2], self._weights, k=CHARS // 4)
        lines = (" ".join(words[start : start + 9]) for start in range(0, len(words), 9))
        return "\n".join(lines)[:CHARS]

    def read(self, text: str) -> str:
        """`text` as a model reads it."""
        share = self._dice.choice(NOISE)
        chances = self._dice.random
        return "".join(self._dice.choice("оО01lI|") if chances() < share else c for c in text)

    def number(self, most: int) -> float:
        """A whole one."""
        return float(self._dice.randint(0, most))


def results_of(count: int) -> Results:
    """One model that answered `count` samples."""
    author = Author()
    samples, requests, outcomes, scores = [], [], {}, []
    for number in range(count):
        target = author.text(number)
        one = replace(
            sample(number),
            id=f"document-{number:06d}/total",
            targets=(target,),
            doc_class=f"class {number % 12}",
            question_type=f"field {number % 5}",
        )
        asked = f"{one.question} Answer with the value only."
        request = Request(
            f"{number:032x}", "reader", asked, "", "/data", one.pages, Generation(), "fields@1"
        )
        timing = Timing(author.number(99) / 1000, None, author.number(9999) / 1000)
        answer = Answer(request.id, author.read(target), usage=Usage(620, 576, 200), timing=timing)
        samples.append(one)
        requests.append(request)
        outcomes[request.id] = answer
        scores += [
            SampleScore("reader", "fields", one.id, name, Score(author.number(CHARS), CHARS))
            for name in METRICS
        ]
    asked_of = tuple((one.id, sent.id) for one, sent in zip(samples, requests, strict=True))
    task = loaded(tuple(samples), metrics={AnswerKind.REPLY: METRICS})
    return results_with(task, asked_of, tuple(requests), outcomes, scores)


def results_with(
    task: LoadedTask,
    asked: tuple[tuple[str, str], ...],
    requests: tuple[Request, ...],
    outcomes: dict[str, Any],
    scores: list[SampleScore],
) -> Results:
    evaluation = Evaluation("reader", "fields", AnswerKind.REPLY, asked)
    return Results(
        name="many samples",
        models=(model("reader"),),
        unavailable={},
        tasks=(task,),
        plan=RunPlan((evaluation,), {"reader": requests}),
        outcomes=outcomes,
        scores=tuple(scores),
        summaries=(),
        thumbnails={},
        provenance={},
    )


def plain_table(entries: tuple[Entry, ...]) -> str:
    """The same rows, and nothing else."""
    return (
        "<!doctype html><meta charset=utf-8><title>samples</title><table><tbody>"
        f"{''.join(map(plain_row, entries))}</tbody></table>"
    )


def plain_row(entry: Entry) -> str:
    one, outcome = entry.sample, entry.outcome
    assert isinstance(outcome, Answer)
    figures = [
        f"{score.result.value:.3f}" for score in entry.scores if isinstance(score.result, Score)
    ]
    texts = (one.question, entry.request.prompt, one.targets[0], outcome.text)
    cells = (
        one.id,
        "reader",
        one.doc_class,
        one.question_type,
        one.language,
        entry.status,
        *figures,
    )
    return f"<tr>{''.join(f'<td>{html.escape(cell)}' for cell in (*cells, *texts))}"


def seconds_to_open(tab: Tab, page: Path, *, has_script: bool) -> float:
    tab.call("Page.navigate", url="about:blank")
    tab.run("1")
    tab.events.clear()
    started = time.perf_counter()
    tab.call("Page.navigate", url=page.as_uri())
    tab.wait_for("Page.loadEventFired")
    if has_script:
        assert tab.run(READY) == "yes"
    tab.run(FRAMES)
    return time.perf_counter() - started


def seconds_for(tab: Tab, *scripts: str) -> float:
    started = time.perf_counter()
    for script in (*scripts, FRAMES):
        tab.run(script)
    return time.perf_counter() - started


def heap_mb(tab: Tab) -> float:
    tab.call("HeapProfiler.collectGarbage")
    return float(tab.call("Runtime.getHeapUsage")["usedSize"]) / 1e6


def used(tab: Tab, count: int) -> Iterator[Row]:
    """What a user does, and how long each takes; the heap after all of it."""
    name = f"document-{count - 7:06d}"
    clear = "document.querySelector('#filters [type=reset]').click()"
    for what, scripts in {
        "filter": (f"{CHOSEN}('by-doc_class', '3')", IDLE),
        "order": (f"{CHOSEN}('order', 'slow')", IDLE),
        "clear": (clear, IDLE),
        "scroll through the list, 50 frames": (SCROLLED,),
        "first search": (SOUGHT % name, IDLE),
        "search again": (SOUGHT % "total", IDLE),
    }.items():
        yield of(count, what, "s", seconds_for(tab, *scripts))
    yield of(count, "heap after that", "MB", heap_mb(tab))


def of(count: int, what: str, unit: str, figure: float) -> Row:
    """A figure that stands alone."""
    return Row("", f"{count:,} samples: {what}", unit, ours=[figure])


def make(count: int, folder: Path) -> tuple[Path, Path, list[Row]]:
    """report.html and the plain table, and what it cost to make the first."""
    results = results_of(count)
    entries = entries_of(results)
    board = leaderboard(results)
    for entry in entries:
        entry.verdict  # noqa: B018 - other sections of the report ask for it first
    began = time.perf_counter()
    payload_of(results, entries)
    packed = time.perf_counter()
    with ChartDrawer() as drawer:
        charts = Drawing(results, board, drawer).charts()
        content = report_html(results, entries, board, charts)
    written = time.perf_counter()
    page, table = folder / f"report{count}.html", folder / f"table{count}.html"
    page.write_bytes(content)
    table.write_text(plain_table(entries), "utf-8")
    return (
        page,
        table,
        [
            of(count, "payload made", "s", packed - began),
            of(count, "page made", "s", written - packed),
        ],
    )


def compare(tab: Tab, page: Path, table: Path) -> Iterator[Row]:
    """H1: its size, and both pages opened and filtered in turns."""
    plain = "plain HTML table"
    size = Row("H1", f"{SMALL:,} samples: report.html", "MB", limit=4)
    against = Row("", f"{SMALL:,} samples: report.html", "MB", plain)
    opened = Row("H1", f"{SMALL:,} samples: usable after", "s", plain, 0.2)
    filtered = Row("", f"{SMALL:,} samples: filter by a class", "s", plain)
    size.add(page.stat().st_size / 1e6)
    against.add(size.ours[0], table.stat().st_size / 1e6)
    for _ in range(ROUNDS):
        table_s = seconds_to_open(tab, table, has_script=False)
        hidden_s = seconds_for(tab, ROWS_HIDDEN)
        opened.add(seconds_to_open(tab, page, has_script=True), table_s)
        filtered.add(seconds_for(tab, f"{CHOSEN}('by-doc_class', '3')", IDLE), hidden_s)
    yield from (size, against, opened, filtered)


def rows() -> Iterator[Row]:
    if CHROMIUM is None:
        yield Row("H1", f"report.html of {SMALL:,} samples", "s", absent=NO_CHROMIUM)
        return
    with tempfile.TemporaryDirectory(prefix="vlmhb-bench-") as name:
        folder = Path(name)
        with opened_tab(folder) as tab:
            tab.as_first()
            for count in (SMALL, LARGE):
                page, table, made = make(count, folder)
                if count == SMALL:
                    yield from compare(tab, page, table)
                yield from made
                yield of(count, "page", "MB", page.stat().st_size / 1e6)
                yield of(count, "opened", "s", seconds_to_open(tab, page, has_script=True))
                yield of(count, "heap, opened", "MB", heap_mb(tab))
                yield from used(tab, count)


if __name__ == "__main__":
    measure("report", __doc__, rows)
