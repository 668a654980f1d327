"""What went wrong is kept, and nothing is where nothing did."""

import errno
import os
from pathlib import Path

import pytest

from vlmhb.domain.trouble import Trouble, TroubleKind
from vlmhb.errors import StorageError
from vlmhb.store.attempts import AttemptsWriter, read_attempts
from vlmhb.system.durable import Change, Kind, watched_by

INTENT = Trouble(TroubleKind.INTENT, "m", ("r1",), segment=2)
STRIKE = Trouble(TroubleKind.STRIKE, "m", ("r1",), "SIGSEGV", 2)


def written(path: Path, *troubles: Trouble) -> None:
    writer = AttemptsWriter(path)
    for trouble in troubles:
        writer.append(trouble)
    writer.close()


def test_what_is_written_is_read_in_its_order(tmp_path: Path):
    path = tmp_path / "attempts.jsonl"
    written(path, INTENT, STRIKE)
    written(path, INTENT)

    assert (INTENT, STRIKE, INTENT) == read_attempts(path)


def test_there_is_no_file_as_long_as_nothing_goes_wrong(tmp_path: Path):
    path = tmp_path / "attempts.jsonl"
    written(path)

    assert () == read_attempts(path)
    assert not path.exists()


def test_each_line_is_on_the_disk_when_it_is_kept(tmp_path: Path):
    path = tmp_path / "attempts.jsonl"
    changes: list[Kind] = []
    writer = AttemptsWriter(path)

    def hear(change: Change) -> None:
        changes.append(change.kind)

    with watched_by(hear):
        writer.append(INTENT)
        writer.append(STRIKE)
    writer.close()

    first = [Kind.CREATE, Kind.SYNC_FOLDER, Kind.WRITE, Kind.SYNC]
    assert [*first, Kind.WRITE, Kind.SYNC] == changes


@pytest.mark.parametrize("lost", range(2, 40, 6))
def test_a_torn_line_costs_itself_and_no_other(tmp_path: Path, lost: int):
    path = tmp_path / "attempts.jsonl"
    written(path, INTENT, STRIKE)
    path.write_bytes(path.read_bytes()[:-lost])

    written(path, INTENT)

    assert (INTENT, INTENT) == read_attempts(path)


def test_a_line_that_is_damaged_or_of_a_later_version_is_left_out(tmp_path: Path):
    path = tmp_path / "attempts.jsonl"
    written(path, STRIKE, INTENT, STRIKE)
    path.write_bytes(path.read_bytes().replace(b'"intent"', b'"intenT"', 1))

    assert (STRIKE, STRIKE) == read_attempts(path)


def test_a_full_disk_stops_nothing_and_leaves_no_half_line(tmp_path: Path):
    path = tmp_path / "attempts.jsonl"
    writer = AttemptsWriter(path)
    writer.append(INTENT)

    def full(change: Change) -> None:
        if change.kind is Kind.SYNC:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with watched_by(full):
        writer.append(STRIKE)
    writer.append(INTENT)
    writer.close()

    assert (INTENT, INTENT) == read_attempts(path)
    assert b"strike" not in path.read_bytes()


def test_a_broken_disk_is_told(tmp_path: Path):
    writer = AttemptsWriter(tmp_path / "attempts.jsonl")

    def broken(change: Change) -> None:
        if change.kind is Kind.SYNC:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    with watched_by(broken), pytest.raises(StorageError, match=r"attempts\.jsonl"):
        writer.append(INTENT)
    writer.close()


def test_a_full_disk_and_a_torn_line_cost_no_other(tmp_path: Path):
    path = tmp_path / "attempts.jsonl"
    written(path, INTENT, STRIKE)
    path.write_bytes(path.read_bytes()[:-5])

    def refuse(change: Change) -> None:
        if change.kind is Kind.WRITE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    writer = AttemptsWriter(path)
    with watched_by(refuse):
        writer.append(STRIKE)
    writer.append(INTENT)
    writer.close()

    assert (INTENT, INTENT) == read_attempts(path)
