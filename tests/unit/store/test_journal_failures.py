"""What a journal says when the disk refuses, and when a whole line is of another shape."""

import json
import resource
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.build import answer
from vlmhb.errors import JournalError, StorageError
from vlmhb.store.journal import read_journal
from vlmhb.store.journal_writer import JournalWriter


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "answers.jsonl"
    with JournalWriter(path) as writer:
        writer.append(answer("a"))
    return path


@contextmanager
def no_file_grows_beyond(size_bytes: int) -> Iterator[None]:
    """As on a full disk: what is written beyond is refused."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_an_answer_that_was_not_written_is_told_at_the_latest_when_the_journal_closes(
    journal: Path,
):
    with (
        no_file_grows_beyond(journal.stat().st_size),
        pytest.raises(StorageError, match=f"cannot write answers to {journal}"),
        JournalWriter(journal) as writer,
    ):
        writer.append(answer("b"))

    assert ["a"] == list(read_journal(journal).outcomes)


def test_what_went_wrong_first_is_what_is_told(journal: Path):
    def fail_while_writing() -> None:
        with JournalWriter(journal) as writer:
            writer.append(answer("b"))
            raise KeyError("first")

    with no_file_grows_beyond(journal.stat().st_size), pytest.raises(KeyError, match="first"):
        fail_while_writing()


def test_a_whole_line_of_another_shape_is_damage_and_named(journal: Path):
    line = json.dumps({"text": "an answer to nobody"}).encode()
    with journal.open("ab") as file:
        file.write(b"%08x %s\n" % (zlib.crc32(line), line))

    with pytest.raises(JournalError, match=r"line 3 is damaged: .*request_id"):
        read_journal(journal)
