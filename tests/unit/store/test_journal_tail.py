"""Following a journal while somebody writes it."""

from pathlib import Path

import pytest

from tests.build import answer, failed
from vlmhb.store import JournalWriter
from vlmhb.store.journal_lines import written
from vlmhb.store.journal_tail import JournalTail
from vlmhb.store.records import OUTCOME, encode

FIRST, SECOND, THIRD = answer("a", "Счёт № 1\n"), failed("b"), answer("c", "\u2028 \x00")


def append(path: Path, *outcomes) -> None:
    with JournalWriter(path) as writer:
        for outcome in outcomes:
            writer.append(outcome)


def test_each_outcome_comes_once(tmp_path: Path):
    path = tmp_path / "answers.jsonl"
    tail = JournalTail(path)

    append(path)
    begun = list(tail.new())
    append(path, FIRST, SECOND)
    two = list(tail.new())
    none = list(tail.new())
    append(path, THIRD)

    assert [] == begun
    assert [FIRST, SECOND] == two
    assert [] == none
    assert [THIRD] == list(tail.new())


def test_what_was_there_before_comes_too(tmp_path: Path):
    path = tmp_path / "answers.jsonl"
    append(path, FIRST, SECOND)

    assert [FIRST, SECOND] == list(JournalTail(path).new())


def test_a_line_counts_once_it_is_whole(tmp_path: Path):
    path = tmp_path / "answers.jsonl"
    append(path, FIRST)
    tail = JournalTail(path)
    line = written([encode(OUTCOME, SECOND)])
    with path.open("ab", buffering=0) as file:
        file.write(line[:20])
        first = list(tail.new())
        file.write(line[20:])

    assert [FIRST] == first
    assert [SECOND] == list(tail.new())


def test_a_line_that_was_taken_back_and_written_anew_counts_once(tmp_path: Path):
    """As on a disk that was full for a while."""
    path = tmp_path / "answers.jsonl"
    append(path, FIRST)
    tail = JournalTail(path)
    before = path.read_bytes()
    path.write_bytes(before + written([encode(OUTCOME, THIRD)])[:30])
    first = list(tail.new())
    path.write_bytes(before)
    append(path, SECOND)

    assert [FIRST] == first
    assert [SECOND] == list(tail.new())


def test_nothing_behind_a_damaged_line_is_believed(tmp_path: Path):
    path = tmp_path / "answers.jsonl"
    append(path, FIRST, SECOND, THIRD)
    path.write_bytes(path.read_bytes().replace(b'"b"', b'"x"'))
    tail = JournalTail(path)

    assert [FIRST] == list(tail.new())
    assert [] == list(tail.new())


def test_a_line_that_is_no_outcome_is_told(tmp_path: Path):
    path = tmp_path / "answers.jsonl"
    append(path, FIRST)
    with path.open("ab") as file:
        file.write(written(['{"request_id": 7}']))

    with pytest.raises(ValueError, match="request_id"):
        list(JournalTail(path).new())
