"""What survives when a writer is stopped anywhere."""

import json
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.build import answer, failed
from vlmhb.domain.answer import Asked, Outcome
from vlmhb.errors import JournalError, StorageError
from vlmhb.store.journal import read_journal, recover
from vlmhb.store.journal_lines import written
from vlmhb.store.journal_writer import JournalWriter
from vlmhb.store.records import OUTCOME, encode
from vlmhb.system.durable import Kind, watched_by

OUTCOMES = (answer("a", "Счёт № 1\n"), failed("b"), answer("c", "\u2028 \x00 \x1b[31m"))


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "answers.jsonl"
    with JournalWriter(path) as writer:
        for outcome in OUTCOMES:
            writer.append(outcome)
    return path


def test_what_was_appended_is_read_back_in_order(journal: Path):
    read = read_journal(journal)

    assert list(OUTCOMES) == list(read.outcomes.values())
    assert b"" == read.torn


def test_what_was_asked_is_kept_with_the_answer(tmp_path: Path):
    asked = Asked("Какой {ИНН}?\n", "", "passports@2 field passport ИНН")
    outcomes: list[Outcome] = [replace(answer("a"), asked=asked), replace(failed("b"), asked=asked)]
    with JournalWriter(tmp_path / "answers.jsonl") as writer:
        for outcome in outcomes:
            writer.append(outcome)

    assert outcomes == list(read_journal(tmp_path / "answers.jsonl").outcomes.values())


def test_a_line_that_does_not_say_what_was_asked_is_read(tmp_path: Path):
    """Journals from before it was written down."""
    records = [{"format": "vlmhb-journal", "version": 1}, {"request_id": "a", "text": "1"}]
    lines = [json.dumps(record).encode() for record in records]
    content = b"".join(b"%08x %s\n" % (zlib.crc32(line), line) for line in lines)
    (tmp_path / "answers.jsonl").write_bytes(content)

    assert answer("a", "1") == read_journal(tmp_path / "answers.jsonl").outcomes["a"]


def test_an_absent_journal_is_empty(tmp_path: Path):
    assert {} == read_journal(tmp_path / "answers.jsonl").outcomes


def test_appending_again_goes_on_where_the_last_writer_stopped(journal: Path):
    with JournalWriter(journal) as writer:
        writer.append(answer("d"))

    assert ["a", "b", "c", "d"] == list(read_journal(journal).outcomes)


def test_every_line_is_ascii_so_that_no_answer_can_look_like_a_line(journal: Path):
    lines = journal.read_bytes().splitlines()

    assert 1 + len(OUTCOMES) == len(lines)
    assert journal.read_bytes().isascii()


def test_a_journal_cut_anywhere_loses_at_most_the_line_that_was_cut(journal: Path):
    """Every crash state of an append-only file that lost its end."""
    content = journal.read_bytes()
    ends = [i + 1 for i, byte in enumerate(content) if byte == ord("\n")]
    for cut in range(len(content) + 1):
        journal.write_bytes(content[:cut])

        read = read_journal(journal)

        whole_lines = sum(end <= cut for end in ends)
        assert max(0, whole_lines - 1) == len(read.outcomes)
        assert content[read.valid_bytes : cut] == read.torn


def test_a_torn_tail_is_kept_aside_and_cut_off(journal: Path):
    whole = journal.read_bytes()
    journal.write_bytes(whole + b'deadbeef {"half')

    recovered = recover(journal)

    assert whole == journal.read_bytes()
    assert {"a", "b", "c"} == recovered.ids
    aside = journal.with_name(f"answers.jsonl.torn-at-{len(whole)}")
    assert b'deadbeef {"half' == aside.read_bytes()


def test_what_is_found_is_on_the_disk_before_it_counts_as_done(journal: Path):
    """Its writer may have been killed before it had synced it."""
    changes: list[Kind] = []
    with watched_by(lambda change: changes.append(change.kind)):
        recover(journal)

    assert [Kind.CREATE, Kind.SYNC] == changes


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None
)
@given(where=st.floats(0, 0.999), bit=st.integers(0, 7))
def test_a_flipped_bit_is_never_taken_for_an_answer(journal: Path, where: float, bit: int):
    content = bytearray(journal.read_bytes())
    position = int(where * len(content))
    content[position] ^= 1 << bit
    damaged = journal.with_name("damaged.jsonl")
    damaged.write_bytes(content)

    try:
        outcomes = list(read_journal(damaged).outcomes.values())
    except JournalError:
        return
    assert list(OUTCOMES)[: len(outcomes)] == outcomes


def write_one_by_one(path: Path) -> Path:
    """Each outcome is on the disk before the next is written."""
    for outcome in OUTCOMES:
        with JournalWriter(path) as writer:
            writer.append(outcome)
    return path


def damage(path: Path, number: int) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    lines[number - 1] = b"X" + lines[number - 1][1:]
    path.write_bytes(b"".join(lines))


@pytest.mark.parametrize("number", [1, 2, 3])
def test_damage_before_the_last_line_stops_and_names_the_line(tmp_path: Path, number: int):
    journal = write_one_by_one(tmp_path / "answers.jsonl")
    damage(journal, number)

    with pytest.raises(JournalError, match=f"line {number} is damaged(.|\n)*vlmhb repair"):
        read_journal(journal)


def test_what_was_written_in_one_go_is_torn_as_one(tmp_path: Path):
    """A power cut may keep the end of what was not synced, and lose its beginning."""
    journal = write_one_by_one(tmp_path / "answers.jsonl")
    before = journal.read_bytes()
    texts = [encode(OUTCOME, answer(name)) for name in ("d", "e", "f")]
    journal.write_bytes(before + written(texts))
    damage(journal, 5)

    recover(journal)

    assert before == journal.read_bytes()


def test_what_was_written_in_one_go_is_damaged_once_more_was_written(tmp_path: Path):
    journal = write_one_by_one(tmp_path / "answers.jsonl")
    texts = [encode(OUTCOME, answer(name)) for name in ("d", "e", "f")]
    with journal.open("ab") as file:
        file.write(written(texts))
    with JournalWriter(journal) as writer:
        writer.append(answer("g"))
    damage(journal, 6)

    with pytest.raises(JournalError, match="line 6 is damaged"):
        read_journal(journal)


def test_two_outcomes_for_one_request_are_damage(journal: Path):
    with JournalWriter(journal) as writer:
        writer.append(answer("a"))

    with pytest.raises(JournalError, match="request a has an outcome already"):
        read_journal(journal)


def test_a_full_disk_is_an_error_with_a_way_out(tmp_path: Path):
    journal = tmp_path / "answers.jsonl"
    journal.symlink_to("/dev/full")

    with pytest.raises(StorageError, match=r"No space left on device(.|\n)*free space"):
        JournalWriter(journal).__enter__()


def test_a_deleted_header_is_damage(journal: Path):
    journal.write_bytes(journal.read_bytes().partition(b"\n")[2])

    with pytest.raises(JournalError, match="line 1 is damaged: its header is gone"):
        read_journal(journal)


def test_a_journal_of_another_version_is_left_to_that_version(tmp_path: Path):
    text = b'{"format":"vlmhb-journal","version":2}'
    (tmp_path / "journal").write_bytes(b"%08x %s\n" % (zlib.crc32(text), text))

    with pytest.raises(JournalError, match=r"its version is 2(.|\n)*the vlmhb version that wrote"):
        read_journal(tmp_path / "journal")


def test_a_folder_in_place_of_the_journal_is_an_error_with_a_way_out(tmp_path: Path):
    with pytest.raises(JournalError, match=r"Is a directory(.|\n)*put it back"):
        read_journal(tmp_path)
