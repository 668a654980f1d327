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
