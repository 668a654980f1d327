"""Damaged lines are set aside, and nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.build import answer
from tests.unit.store.runs import start_run
from vlmhb.errors import JournalError, RunLockedError
from vlmhb.store import JournalWriter, RunDir, RunLock, read_journal, read_manifest, repair
from vlmhb.store.journal_lines import header, written
from vlmhb.store.journal_mark import what_changed
from vlmhb.store.manifest import write_manifest
from vlmhb.store.records import OUTCOME, encode

NAMES = ("a", "b", "c", "d")


@pytest.fixture
def run_dir(tmp_path: Path) -> RunDir:
    started = start_run(tmp_path)
    for name in NAMES:
        with JournalWriter(started.journal) as writer:
            writer.append(answer(name, f"text of {name}"))
    return started


def lines_in(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def replace_line(path: Path, number: int, line: bytes) -> None:
    lines = lines_in(path)
    lines[number - 1] = line
    path.write_bytes(b"".join(lines))


def line_of(name: str) -> bytes:
    return written([encode(OUTCOME, answer(name))])


def test_a_damaged_line_is_set_aside_and_the_others_stay(run_dir: RunDir):
    bad = lines_in(run_dir.journal)[2].replace(b"text of b", b"text of X")
    replace_line(run_dir.journal, 3, bad)

    (done,) = repair(run_dir)

    assert ((3,), 3) == (done.set_aside, done.kept)
    assert done.aside is not None
    assert bad == done.aside.read_bytes()
    assert ["a", "c", "d"] == list(read_journal(run_dir.journal).outcomes)


@pytest.mark.parametrize(
    "line", [b"\n", b"nonsense\n", b"\0" * 40, line_of("a"), written(['{"text":"to nobody"}'])]
)
def test_whatever_is_no_outcome_or_a_second_one_is_set_aside(run_dir: RunDir, line: bytes):
    replace_line(run_dir.journal, 4, line)

    repair(run_dir)

    kept = read_journal(run_dir.journal).outcomes
    assert "text of a" == getattr(kept["a"], "text", "")
    assert {"a", "b"} <= kept.keys() <= {"a", "b", "d"}


def test_a_header_that_is_gone_is_written_anew(run_dir: RunDir):
    run_dir.journal.write_bytes(b"".join(lines_in(run_dir.journal)[1:]))

    (done,) = repair(run_dir)

    assert done.is_header_new
    assert () == done.set_aside
    assert list(NAMES) == list(read_journal(run_dir.journal).outcomes)


def test_a_damaged_header_is_set_aside_and_written_anew(run_dir: RunDir):
    replace_line(run_dir.journal, 1, b"X" + header()[1:])

    (done,) = repair(run_dir)

    assert ((1,), True) == (done.set_aside, done.is_header_new)
    assert list(NAMES) == list(read_journal(run_dir.journal).outcomes)


def test_a_torn_end_is_set_aside_as_well(run_dir: RunDir):
    whole = run_dir.journal.read_bytes()
    run_dir.journal.write_bytes(whole + b'12345678 {"half')

    repair(run_dir)

    assert whole == run_dir.journal.read_bytes()


def test_a_whole_journal_is_not_touched(run_dir: RunDir):
    before = run_dir.journal.stat()

    (done,) = repair(run_dir)

    assert (4, None) == (done.kept, done.aside)
    assert before == run_dir.journal.stat()


def test_verdicts_are_repaired_too(run_dir: RunDir):
    run_dir.verdicts.write_bytes(header() + line_of("v1") + line_of("v1") + line_of("v2"))

    _, done = repair(run_dir)

    assert (run_dir.verdicts, (3,)) == (done.file, done.set_aside)
    assert ["v1", "v2"] == list(read_journal(run_dir.verdicts).outcomes)


def test_what_was_set_aside_before_stays(run_dir: RunDir):
    for name in ("b", "c"):
        lines = lines_in(run_dir.journal)
        number = next(n for n, line in enumerate(lines, 1) if b"text of " + name.encode() in line)
        replace_line(run_dir.journal, number, lines[number - 1][1:])
        repair(run_dir)

    aside = sorted(path.name for path in run_dir.path.glob("*.damaged-*"))
    assert ["answers.jsonl.damaged-1", "answers.jsonl.damaged-2"] == aside


def test_a_journal_of_another_version_is_left_to_that_version(run_dir: RunDir):
    replace_line(run_dir.journal, 1, written(['{"format":"vlmhb-journal","version":2}']))
    before = run_dir.journal.read_bytes()

    with pytest.raises(JournalError, match="its version is 2"):
        repair(run_dir)

    assert before == run_dir.journal.read_bytes()


def test_nobody_repairs_what_another_process_writes(run_dir: RunDir):
    with RunLock(run_dir.lock), pytest.raises(RunLockedError):
        repair(run_dir)


def test_a_repaired_journal_does_not_count_as_modified(run_dir: RunDir):
    manifest = read_manifest(run_dir.manifest)
    mark = manifest.journal
    assert mark is not None
    write_manifest(run_dir.manifest, replace(manifest, journal=replace(mark, is_end=True)))
    replace_line(run_dir.journal, 3, b"nonsense\n")

    repair(run_dir)

    assert "" == what_changed(run_dir.journal, read_manifest(run_dir.manifest).journal)


def test_lines_written_in_one_go_stand_for_themselves_afterwards(run_dir: RunDir):
    """All of them are on the disk then."""
    texts = [encode(OUTCOME, answer(name)) for name in ("x", "y", "z")]
    run_dir.journal.write_bytes(header() + written(texts) + line_of("w") + line_of("w"))
    repair(run_dir)
    replace_line(run_dir.journal, 3, b"nonsense\n")

    with pytest.raises(JournalError, match="line 3 is damaged"):
        read_journal(run_dir.journal)
