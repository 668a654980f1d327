"""G13: whatever a model answers, it comes back as it was or says how it was changed."""

import csv
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.browser import Tab
from tests.contract.workers import LENT, session, toy
from tests.fault.kit import Goals
from tests.sample_browser import SampleBrowser
from tests.unit.report.hostile import HOSTILE, hostile_results
from tests.unit.report.tables.test_to_xlsx import sheets, table
from tests.unit.report.tables.test_workbook import as_written as in_workbook
from tests.unit.report.test_csv_round_trip import as_written as in_csv
from vlmhb.cli.terminal import CONTROL, printable
from vlmhb.domain.answer import Answer
from vlmhb.domain.results import Results
from vlmhb.report import write_report
from vlmhb.report.text import visible
from vlmhb.store import JournalWriter, read_journal
from vlmhb.worker import Hello, Loaded, LoadOrder

RECITER = "odd_backends:Reciter"
SAID: tuple[str, ...] = tuple(json.loads(json.dumps(HOSTILE)))
"""What the model gets of them: a file of JSON makes one character of two halves."""

CUT = "[…cut; the whole text is in answers.csv; of scores: scores.csv]"


def travelled(text: str) -> str:
    """As a worker may send it: half a character is spelled out."""
    return text.encode("utf-8", "backslashreplace").decode()


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Answer, ...]:
    """What a real worker's model said, out of a journal."""
    folder = tmp_path_factory.mktemp("worker")
    (folder / "texts.json").write_text(json.dumps(HOSTILE), "ascii")
    with session(folder, lent=LENT) as running:
        running.worker.start()
        running.expect(Hello)
        model = toy(RECITER, texts=str(folder / "texts.json"))
        running.worker.load(LoadOrder(model, seed=0))
        running.until(Loaded)
        said = [running.answer(str(number)) for number in range(len(SAID))]
    journal = folder / "answers.jsonl"
    with JournalWriter(journal) as writer:
        for outcome in said:
            writer.append(outcome)
    assert len(SAID) + 1 == journal.read_bytes().count(b"\n")
    kept = read_journal(journal)
    assert (b"", said) == (kept.torn, list(kept.outcomes.values()))
    return tuple(one for one in said if isinstance(one, Answer))


@pytest.fixture(scope="module")
def results(answers: Sequence[Answer], tmp_path_factory: pytest.TempPathFactory) -> Results:
    """A run in which they are the first model's answers, and all else is hostile as well."""
    hostile = hostile_results(tmp_path_factory.mktemp("pages"))
    first = hostile.plan.evaluations[0]
    pairs = zip(first.requests, answers, strict=True)
    own = {asked: replace(one, request_id=asked) for (_, asked), one in pairs}
    return replace(hostile, outcomes={**hostile.outcomes, **own})


@pytest.fixture(scope="module")
def folder(results: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its documents, with the pictures inside, for which the policy is open by one word more."""
    folder = tmp_path_factory.mktemp("derived")
    write_report(results, folder, embed_images=True, per_document_json=True)
    return folder


def test_a_worker_and_the_journal_keep_every_answer(
    answers: Sequence[Answer], goals: Goals
) -> None:
    lost = [text for text, one in zip(SAID, answers, strict=True) if one.text != travelled(text)]

    goals.add("G13", tried=len(SAID), lost=len(lost), note="answers: worker to journal")

    assert len(SAID) >= 60
    assert [] == lost
    assert [None] * len(SAID) == [one.full_length_chars for one in answers]


def test_tables_hold_every_answer_and_no_formula(folder: Path, goals: Goals) -> None:
    with (folder / "answers.csv").open(encoding="utf-8", newline="") as file:
        of_csv = [in_csv()(row["answer"]) for row in csv.DictReader(file)][: len(HOSTILE)]
    books = sheets((folder / "results.xlsx").read_bytes())
    of_xlsx = table(books["samples"])[: len(HOSTILE)]
    cells = [cell for sheet in books.values() for row in sheet.iter_rows() for cell in row]
    files = (folder / "documents").rglob("*.json")
    of_json = {one["raw_response"] for f in files for one in json.loads(f.read_bytes())["answers"]}
    lost = [text for text, found in zip(SAID, of_csv, strict=True) if travelled(text) != found]
    lost += [text for text, row in zip(SAID, of_xlsx, strict=True) if not _came_back(text, row)]
    lost += [text for text in SAID if travelled(text) not in of_json]

    goals.add("G13", tried=3 * len(SAID), lost=len(lost), note="answers: CSV, XLSX, JSON")

    assert [] == lost
    assert {"s", "n"} == {cell.data_type for cell in cells}
    assert not [cell for cell in cells if cell.hyperlink]


def _came_back(text: str, row: dict[str, object]) -> bool:
    """As it was, or marked and with a word on where the whole of it is."""
    answer, marks = str(row["answer"] or ""), str(row["changed to fit the format"])
    if "answer cut" in marks or "answer escaped, cut" in marks:
        return answer.endswith(CUT)
    return travelled(text) == (in_workbook(answer) if "answer escaped" in marks else answer)


def test_a_terminal_gets_nothing_to_obey(folder: Path, goals: Goals) -> None:
    shown = [printable(text) for text in HOSTILE]
    shown.append((folder / "results.md").read_text("utf-8"))
    obeyed = [
        text
        for text in shown
        if any(unicodedata.category(char) in CONTROL for char in re.sub("[\n\t]", "", text))
    ]

    goals.add("G13", tried=len(shown), lost=len(obeyed), note="answers: terminal and Markdown")

    assert [] == obeyed


def test_a_browser_shows_every_answer_and_runs_nothing(
    folder: Path, tab: Tab, goals: Goals
) -> None:
    """Every text as answer, target, question, id, class, error and name, each of them shown."""
    browser = SampleBrowser(tab)
    browser.open(folder / "report.html")
    browser.choose("order", "As asked")

    shown = browser.walk(2 * len(HOSTILE))

    lost = [
        text
        for text, (_, texts) in zip(SAID + HOSTILE, shown, strict=True)
        # The first model answers, the second fails; an answer unlike its target is shown in parts.
        if text and text in HOSTILE and visible(travelled(text)) not in texts
    ]
    titles = [title for title, _ in shown]
    complaints = tab.complaints()
    note = f"answers: browser, {len(complaints)} complaints"
    goals.add("G13", tried=2 * len(HOSTILE), lost=len(lost), note=note)

    assert [] == lost
    assert [] == complaints
    assert all(
        visible(travelled(text[:300])) in one for text, one in zip(HOSTILE, titles, strict=False)
    )
    assert 1 == tab.run("document.querySelectorAll('script:not([type=\"text/plain\"])').length")
    assert 0 == tab.run("document.querySelectorAll('iframe, form[action], link, base').length")
    assert tab.run("document.querySelector('.pages img').src").startswith("blob:")
