"""A journal that somebody changed, or a disk damaged, between two starts is known by its mark."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.build import answer
from tests.unit.store.runs import MANIFEST, TASKS, start_run
from vlmhb.errors import JournalError
from vlmhb.store import (
    JournalWriter,
    OpenRun,
    RunDir,
    mark_of,
    read_journal,
    read_manifest,
    read_run,
    repair,
    what_changed,
)
from vlmhb.store.journal_lines import written
from vlmhb.store.manifest import JournalMark
from vlmhb.store.records import OUTCOME, encode

EXTRA = written([encode(OUTCOME, answer("by hand"))])


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "answers.jsonl"
    for name in ("a", "b", "c"):
        with JournalWriter(path) as writer:
            writer.append(answer(name, f"text of {name}"))
    return path


def test_what_the_run_left_is_unchanged(journal: Path):
    assert "" == what_changed(journal, mark_of(journal, is_end=True))


def test_a_journal_that_nobody_marked_is_unchanged(journal: Path):
    assert "" == what_changed(journal, None)


def test_another_text_with_a_right_checksum_is_noticed(journal: Path):
    mark = mark_of(journal)
    lines = journal.read_bytes().splitlines(keepends=True)
    lines[2] = written([encode(OUTCOME, answer("b", "other txt"))])

    journal.write_bytes(b"".join(lines))

    assert "answers.jsonl was modified" in what_changed(journal, mark)


def test_lines_that_are_gone_are_noticed(journal: Path):
    mark = mark_of(journal)

    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))

    assert "bytes of it are gone" in what_changed(journal, mark)


@pytest.mark.parametrize(
    ("is_end", "said"), [(True, f"{len(EXTRA)} bytes were added"), (False, "")]
)
def test_a_line_that_was_added_is_noticed_after_an_end(journal: Path, is_end: bool, said: str):
    """A start that was killed had written on behind its mark itself."""
    mark = mark_of(journal, is_end=is_end)

    with journal.open("ab") as file:
        file.write(EXTRA)

    assert said in what_changed(journal, mark)
    assert bool(said) == bool(what_changed(journal, mark))


def test_a_torn_tail_is_no_change_by_somebody(journal: Path):
    mark = mark_of(journal, is_end=True)

    with journal.open("ab") as file:
        file.write(b"12345678 {half")

    assert "" == what_changed(journal, mark)


def test_whoever_goes_on_is_warned_once(tmp_path: Path):
    run_dir = start_run(tmp_path)
    end = replace(mark_of(run_dir.journal), is_end=True)
    keep_mark(run_dir, end)
    with run_dir.journal.open("ab") as file:
        file.write(EXTRA)

    with OpenRun(tmp_path, MANIFEST, TASKS) as first:
        pass
    with OpenRun(tmp_path, MANIFEST, TASKS) as second:
        pass

    assert ["WARNING: answers.jsonl was modified"] == [note[:35] for note in first.notes]
    assert () == second.notes


@pytest.fixture
def synced(tmp_path: Path) -> RunDir:
    """A run that ended in order; its last three answers were synced as one."""
    run_dir = start_run(tmp_path)
    texts = [encode(OUTCOME, answer(name)) for name in ("d", "e", "f")]
    with JournalWriter(run_dir.journal) as writer:
        writer.append(answer("c"))
    with run_dir.journal.open("ab") as file:
        file.write(written(texts))
    keep_mark(run_dir, mark_of(run_dir.journal, is_end=True))
    return run_dir


def damage(path: Path, number: int) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    lines[number - 1] = b"X" + lines[number - 1][1:]
    path.write_bytes(b"".join(lines))


@pytest.mark.parametrize("number", [3, 4, 5])
def test_what_was_whole_at_the_mark_is_damaged_and_not_torn(synced: RunDir, number: int):
    """Behind it stand lines of its own sync at most, or nothing."""
    damage(synced.journal, number)
    before = synced.journal.read_bytes()

    told = rf"line {number} is damaged(.|\n)*vlmhb repair"
    with pytest.raises(JournalError, match=told):
        read_run(synced)
    with pytest.raises(JournalError, match=told), OpenRun(synced.path, MANIFEST, TASKS):
        pass

    assert before == synced.journal.read_bytes()


def test_a_line_that_lost_its_end_since_the_mark_is_damaged(synced: RunDir):
    synced.journal.write_bytes(synced.journal.read_bytes()[:-3])

    with pytest.raises(JournalError, match="line 5 is damaged"):
        read_run(synced)


def test_what_was_damaged_since_the_mark_is_repaired_and_gone_on_with(synced: RunDir):
    damage(synced.journal, 4)

    repair(synced)

    with OpenRun(synced.path, MANIFEST, TASKS) as opened:
        assert {"c", "d", "f"} == opened.answered
    assert () == opened.notes


def test_what_was_written_behind_the_mark_may_be_torn(synced: RunDir):
    whole = synced.journal.read_bytes()
    texts = [encode(OUTCOME, answer(name)) for name in ("g", "h")]
    synced.journal.write_bytes(whole + b"X" + written(texts)[1:])

    with OpenRun(synced.path, MANIFEST, TASKS) as opened:
        assert {"c", "d", "e", "f"} == read_journal(synced.journal).outcomes.keys()
    assert "a crash has torn" in opened.notes[0]


def keep_mark(run_dir: RunDir, mark: JournalMark) -> None:
    with OpenRun(run_dir.path, MANIFEST, TASKS) as opened:
        opened.keep(replace(read_manifest(run_dir.manifest), journal=mark))
