"""Taking the lock of a run folder."""

from pathlib import Path

import pytest

from vlmhb.errors import StorageError
from vlmhb.store.lockfile import RunLock


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_lock_that_cannot_be_signed_is_an_error_and_is_let_go(tmp_path: Path):
    lock = tmp_path / "LOCK"
    lock.symlink_to("/dev/full")
    before = open_files()

    with pytest.raises(StorageError, match="cannot lock"):
        RunLock(lock).__enter__()

    assert before == open_files()
