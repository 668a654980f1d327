"""A journal with damaged lines: what says so, what mends it, and what is asked again."""

from pathlib import Path

import pytest

from tests.workspace import Workspace, derived_files
from vlmhb.store import read_journal

pytestmark = pytest.mark.uv


def flip_a_bit(journal: Path, number: int) -> str:
    """Damage that line, and say which request it was about."""
    lines = journal.read_bytes().splitlines(keepends=True)
    middle = len(lines[number - 1]) // 2
    line = bytearray(lines[number - 1])
    line[middle] ^= 1
    ids = list(read_journal(journal).outcomes)
    journal.write_bytes(b"".join([*lines[: number - 1], bytes(line), *lines[number:]]))
    return ids[number - 2]


def test_only_what_was_damaged_is_asked_again(workspace: Workspace):
    workspace.vlmhb("run", "run", "--out", "my out")
    run = workspace.path / "my out"
    (run / "telemetry.jsonl").unlink()
    workspace.vlmhb("report", "my out")
    before, calm = read_journal(run / "answers.jsonl").outcomes, derived_files(run)
    damaged = flip_a_bit(run / "answers.jsonl", 2)

    refused = workspace.vlmhb("run", "run", "--out", "my out")
    repaired = workspace.vlmhb("repair", "my out")
    again = workspace.vlmhb("run", "run", "--out", "my out")

    assert 2 == refused.code
    assert "line 2 is damaged" in refused.err
    assert "vlmhb repair 'my out'" in refused.err
    assert 0 == repaired.code, repaired.err
    assert "1 line set aside in answers.jsonl.damaged-1 (2); 5 kept" in repaired.out
    assert 0 == again.code, again.err
    after = read_journal(run / "answers.jsonl").outcomes
    assert [damaged] == [name for name, one in after.items() if one.segment == 1]
    assert before.keys() == after.keys()
    assert "was modified" not in again.err
    (run / "telemetry.jsonl").unlink()
    workspace.vlmhb("report", "my out")
    assert calm == derived_files(run)


def test_programs_are_told_what_was_set_aside(workspace: Workspace):
    workspace.vlmhb("run", "run", "--out", "out")
    flip_a_bit(workspace.path / "out/answers.jsonl", 3)

    told = workspace.vlmhb("repair", "out", "--json").json

    assert "repair" == told["kind"]
    (file,) = told["files"]
    aside = str(Path("out/answers.jsonl.damaged-1"))
    assert (5, [3], aside, False) == (
        file["kept"],
        file["set_aside"],
        file["aside"],
        file["new_header"],
    )


def test_a_whole_journal_needs_no_repair(workspace: Workspace):
    workspace.vlmhb("run", "run", "--out", "out")
    before = (workspace.path / "out/answers.jsonl").read_bytes()

    end = workspace.vlmhb("repair", "out")

    assert "answers.jsonl: every line is whole; 6 kept" in end.out
    assert "next" not in end.out
    assert before == (workspace.path / "out/answers.jsonl").read_bytes()
