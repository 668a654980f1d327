"""`vlmhb mark`: what was decided about a model is kept, and shown in every document."""

import json
from pathlib import Path

import openpyxl
import pytest

from tests.workspace import Workspace

NOTE = "best <b>totals</b> | `cheap` \x1b[31m"


@pytest.fixture
def run_folder(workspace: Workspace) -> Path:
    assert 0 == workspace.vlmhb("run", "run", "--out", "out").code
    return workspace.path / "out"


def shown(derived: Path) -> dict[str, str]:
    """The text of each document that shows decisions."""
    book = openpyxl.load_workbook(derived / "results.xlsx", read_only=True)
    cells = [str(cell) for row in book["decisions"].iter_rows(values_only=True) for cell in row]
    texts = {name: (derived / name).read_text("utf-8") for name in ("results.md", "report.html")}
    return {**texts, "results.xlsx": "\n".join(cells)}


def test_a_decision_is_in_every_document_and_stays_when_the_run_goes_on(
    workspace: Workspace, run_folder: Path
):
    first = workspace.vlmhb("mark", "out", "model", "needs_more_data")
    last = workspace.vlmhb("mark", "out", "model", "chosen", "--note", NOTE)
    rest = [
        workspace.vlmhb(*words)
        for words in (("run", "run", "--out", "out"), ("score", "out"), ("report", "out"))
    ]

    assert [0] * 5 == [end.code for end in (first, last, *rest)], last.err
    for end in (last, *rest):
        assert "model (chosen)" in end.out
        assert r"model: chosen: best <b>totals</b> | `cheap` \x1b[31m" in end.out
    results = json.loads((run_folder / "derived" / "results.json").read_text())
    assert ["needs_more_data", "chosen"] == [one["state"] for one in results["decisions"]]
    assert (NOTE, "chosen") == (
        results["models"][0]["decision"]["note"],
        results["leaderboard"][0]["rows"][0]["decision"],
    )
    texts = shown(run_folder / "derived")
    assert "| `model` (chosen) |" in texts["results.md"]
    assert "best &#60;b&#62;totals" in texts["results.md"]
    assert "best &lt;b&gt;totals" in texts["report.html"]
    assert "best <b>totals</b> | `cheap` \\x1b[31m" in texts["results.xlsx"]


def test_mark_prints_json(workspace: Workspace, run_folder: Path):
    end = workspace.vlmhb("mark", "out", "model", "rejected", "--json")

    assert (1, "mark") == (end.json["schema_version"], end.json["kind"])
    assert str(Path("out/derived/report.html")) in end.json["files"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("out", "modell", "chosen"), "did you mean 'model'?"),
        (("out", "model", "good"), "needs_more_data"),
        (("out", "model", "chosen", "--note", "x" * 2001), "2,001 characters"),
        (("gone", "model", "chosen"), "no such folder"),
    ],
)
def test_what_cannot_be_marked_is_said_and_nothing_is_written(
    workspace: Workspace, run_folder: Path, words: tuple[str, ...], message: str
):
    end = workspace.vlmhb("mark", *words)

    assert 2 == end.code
    assert message in end.err
    assert not (run_folder / "decisions.json").exists()
