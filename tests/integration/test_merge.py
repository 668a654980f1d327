"""`vlmhb merge`: one run of several, with the figures that one run would have had."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.workspace import Workspace, derived_files

SPLITS = ({0, 2, 5}, {1}, {3, 4})


def read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def cut(whole: Path, part: Path, kept: set[int]) -> Path:
    """The run with the answers in some lines of its journal alone."""
    shutil.copytree(whole, part)
    header, *lines = (whole / "answers.jsonl").read_bytes().splitlines(keepends=True)
    left = [line for number, line in enumerate(lines) if number in kept]
    (part / "answers.jsonl").write_bytes(b"".join([header, *left]))
    return part


def journal_bytes(run: Path) -> int:
    """How much its answers are, however they came to be synced."""
    return len((run / "answers.jsonl").read_bytes().replace(b" \n", b"\n"))


def without_parts(run: Path) -> dict[str, Any]:
    results = read(run / "derived/results.json")
    results["provenance"].pop("parts", None)
    return dict(results)


@pytest.fixture
def whole(workspace: Workspace) -> Path:
    workspace.write_model("model", {"answers": {"page1": "1", "page4": "5"}})
    end = workspace.vlmhb("run", "run", "--out", "whole")
    assert 0 == end.code, end.err
    return workspace.path / "whole"


def test_parts_of_a_run_have_the_figures_of_the_run(workspace: Workspace, whole: Path):
    for number, kept in enumerate(SPLITS):
        cut(whole, workspace.path / f"part{number}", kept)

    end = workspace.vlmhb("merge", "part0", "part1", "part2", "--out", "all")

    assert 0 == end.code, end.err
    merged = workspace.path / "all"
    assert without_parts(whole) == without_parts(merged)
    ours, theirs = derived_files(merged), derived_files(whole)
    assert theirs.keys() == ours.keys()
    told_apart = {"results.json", "results.md", "results.xlsx", "report.html", "manifest.json"}
    assert told_apart == {name for name in ours if ours[name] != theirs[name]}
    assert journal_bytes(whole) == journal_bytes(merged)
    assert ["part0", "part1", "part2"] == list(
        read(merged / "derived/results.json")["provenance"]["parts"]
    )
    for name in ("results.md", "report.html"):
        assert "part1.answered" in (merged / "derived" / name).read_text("utf-8")
    assert len(list((whole / "pages").iterdir())) == len(list((merged / "pages").iterdir()))
    assert 1 == len(read(merged / "run.json")["segments"])


def test_the_same_parts_give_the_same_bytes_and_every_command_reads_them(
    workspace: Workspace, whole: Path
):
    cut(whole, workspace.path / "part0", {0, 1, 2})
    cut(whole, workspace.path / "part1", {3, 4, 5})

    ends = [workspace.vlmhb("merge", "part0", "part1", "--out", out) for out in ("a", "b")]

    assert [0, 0] == [end.code for end in ends], ends[0].err
    a, b = (workspace.path / name for name in "ab")
    for name in ("run.json", "inputs.json", "answers.jsonl", "telemetry.jsonl"):
        assert (a / name).read_bytes() == (b / name).read_bytes(), name
    before = derived_files(a)
    assert before == derived_files(b)
    shutil.rmtree(a / "derived")
    rest = (
        ("score", "a"),
        ("report", "a"),
        ("compare", "a", "whole"),
        ("export", "a", "--format", "vlmeval", "--out", "exported"),
        ("list", "runs", "--json"),
    )
    again = [workspace.vlmhb(*words, VLMHB_RUNS=".") for words in rest]
    assert [0] * 5 == [end.code for end in again], [end.err for end in again]
    assert before == {
        name: content
        for name, content in derived_files(a).items()
        if not name.startswith("compare-with-")
    }
    status = {Path(run["folder"]).name: run["status"] for run in again[-1].json["runs"]}
    assert "done" == status["a"]
    assert 0 == workspace.vlmhb("mark", "a", "model", "chosen").code


def test_models_of_several_pods_are_one_leaderboard_and_what_is_missing_is_named(
    workspace: Workspace,
):
    workspace.write_model("other", {"answers": {"page2": "2"}})
    first = workspace.vlmhb("run", "run", "--out", "pods/one", "--models", "model", "--limit", "2")
    rest = workspace.vlmhb("run", "run", "--out", "pods/two", "--models", "other")
    assert [0, 0] == [first.code, rest.code], first.err + rest.err

    end = workspace.vlmhb("merge", "pods/one", "pods/two", "--out", "all")
    told = workspace.vlmhb("merge", "pods/one", "pods/two", "--out", "again", "--json")

    assert [3, 3] == [end.code, told.code], end.err
    assert "\nmodel on numbers: 4 samples not answered in any run: " in end.out
    assert "one: model on numbers, 2 answers" in end.out
    assert told.json["kind"] == "merge"
    (missing,) = told.json["missing"]
    assert ("model", "numbers", 4) == (
        missing["model"],
        missing["task"],
        len(missing["not_answered"]),
    )
    assert {"0", "1", "2", "3", "4", "5"} == {
        sample["id"]
        for task in read(workspace.path / "all/inputs.json")
        for sample in task["samples"]
    }
    text = (workspace.path / "all/derived/results.md").read_text("utf-8")
    assert "`model`" in text
    assert "`other`" in text
    refused = workspace.vlmhb("run", "run", "--out", "all", "--models", "model,other")
    assert 2 == refused.code
    assert "it was merged of one, two" in refused.err


def test_runs_that_contradict_each_other_leave_nothing_behind(workspace: Workspace, whole: Path):
    workspace.write_model("model", {"answers": {"page1": "one"}})
    assert 0 == workspace.vlmhb("run", "run", "--out", "changed").code

    differing = workspace.vlmhb("merge", "whole", "changed", "--out", "all")
    twice = workspace.vlmhb("merge", "whole", "whole/../whole", "--out", "all")
    alone = workspace.vlmhb("merge", "whole", "--out", "all")
    taken = workspace.vlmhb("merge", "whole", "changed", "--out", "whole")
    inside = workspace.vlmhb("merge", "whole", "changed", "--out", "whole/all", "--json")

    assert [2] * 5 == [end.code for end in (differing, twice, alone, taken, inside)]
    assert "whole, which is to be merged" in inside.json["error"]["got"]
    assert "model model: params.answers: " in differing.err
    assert "is named twice" in twice.err
    assert "only one folder is named" in alone.err
    assert "it holds a run" in taken.err
    assert [] == list(workspace.path.rglob("*all*"))
