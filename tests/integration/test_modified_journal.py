"""A journal that somebody changed by hand: whoever reads the run is told."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.build import answer
from tests.workspace import PATIENCE_S, Workspace
from vlmhb.store.journal_lines import written
from vlmhb.store.records import OUTCOME, encode

pytestmark = pytest.mark.uv
READERS = (
    "score out",
    "report out",
    "mark out model chosen",
    "compare out other",
    "export out --format vlmeval --replace",
    "export out --format parquet --replace",
)


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory, shared_envs: Path) -> Workspace:
    space = Workspace.create(tmp_path_factory.mktemp("modified"), shared_envs)
    for name in ("out", "other"):
        space.vlmhb("run", "run", "--out", name)
    return space


@pytest.fixture
def said(space: Workspace) -> Iterator[str]:
    """A line is added by hand; what is said of it."""
    journal = space.path / "out/answers.jsonl"
    whole = journal.read_bytes()
    line = written([encode(OUTCOME, answer("by hand"))])
    journal.write_bytes(whole + line)
    yield f"out: answers.jsonl was modified since the run wrote it: {len(line)} bytes were added"
    journal.write_bytes(whole)


def test_what_the_run_left_is_read_without_a_warning(space: Workspace):
    for words in READERS:
        told = space.vlmhb(*words.split(), "--json")

        assert (0, []) == (told.code, told.json["warnings"]), words
        assert "WARNING" not in told.err


def test_every_reader_warns_of_what_was_changed_and_does_its_work(space: Workspace, said: str):
    for words in READERS:
        told = space.vlmhb(*words.split(), "--json")

        assert (0, [said]) == (told.code, told.json["warnings"]), words
        assert [f"WARNING: {said}"] == re.findall("^WARNING.*", told.err, re.MULTILINE)


def test_people_are_told_beside_what_they_asked_for(space: Workspace, said: str):
    read = space.vlmhb("score", "out")

    assert (0, 1) == (read.code, read.err.count(f"WARNING: {said}"))
    assert "WARNING" not in read.out


def test_a_run_that_is_shown_is_looked_at_too(space: Workspace, said: str):
    viewer = space.start("view", "out", "--port", "0", "--json")
    try:
        assert viewer.stdout is not None
        told = json.loads(viewer.stdout.readline())
    finally:
        viewer.terminate()
        viewer.communicate(timeout=PATIENCE_S)

    assert [said] == told["warnings"]


def test_a_merge_warns_of_what_was_changed_and_keeps_it(space: Workspace, said: str):
    what = said.partition(": ")[2]
    for into, runs in (("both", "out other"), ("three", "both other")):
        told = space.vlmhb(*f"merge {runs} --out {into} --json".split())

        parts = json.loads((space.path / into / "derived/results.json").read_bytes())
        kept = parts["provenance"]["parts"]
        assert 0 == told.code, told.err
        assert [said] == told.json["warnings"]
        assert [f"WARNING: {said}"] == re.findall("^WARNING.*", told.err, re.MULTILINE)
        assert {"out": what, "other": None} == {
            name: part.get("modified") for name, part in kept.items()
        }


def test_a_merge_of_what_the_runs_left_warns_of_nothing(space: Workspace):
    told = space.vlmhb("merge", "out", "other", "--out", "calm", "--json")

    assert (0, []) == (told.code, told.json["warnings"]), told.err
    assert "WARNING" not in told.err


def test_a_merged_run_that_was_changed_is_warned_of_by_its_parts(space: Workspace):
    space.vlmhb("merge", "out", "other", "--out", "whole")
    journal = space.path / "whole/answers.jsonl"
    journal.write_bytes(journal.read_bytes() + written([encode(OUTCOME, answer("by hand"))]))

    told = space.vlmhb("merge", "whole", "other", "--out", "again", "--json")

    assert ["out", "other", "other (2)"] == [
        warning.partition(": ")[0] for warning in told.json["warnings"]
    ] + [part["folder"] for part in told.json["parts"][2:]]
