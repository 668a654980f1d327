"""What a file system can do."""

import errno
import fcntl
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vlmhb.system.durable import Change, Kind, watched_by
from vlmhb.system.file_lock import Taken
from vlmhb.system.volume import (
    _TRY_LOCK,
    Locks,
    can_reflink,
    changed_at_s,
    check_writable,
    missing_in,
    try_locks,
)

SHARED_MEMORY = Path("/dev/shm")


def test_a_writable_folder_passes_and_is_left_empty(tmp_path: Path):
    check_writable(tmp_path)

    assert [] == list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_an_error():
    with pytest.raises(OSError, match=r".+"):
        check_writable(Path("/proc/self"))


def test_locks_of_a_local_file_system_work_and_leave_nothing(tmp_path: Path):
    assert Locks.WORK is try_locks(tmp_path)
    assert [] == list(tmp_path.iterdir())


def test_the_other_process_tells_a_held_lock_from_a_free_one(tmp_path: Path):
    path = tmp_path / "lock"
    words = [sys.executable, "-I", "-S", "-c", _TRY_LOCK, str(path)]
    with path.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        held = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    free = subprocess.run(words, capture_output=True, text=True, check=True).stdout

    assert ("busy\n", "free\n") == (held, free)


def test_a_clone_is_possible_where_the_kernel_says_so(tmp_path: Path):
    """Held against `cp`, which asks the kernel the same question and fails without an answer."""
    original = tmp_path / "original"
    original.write_bytes(b"\0" * 4096)
    words = ["cp", "--reflink=always", str(original), str(tmp_path / "clone")]
    cloned = subprocess.run(words, capture_output=True, check=False).returncode == 0
    found = can_reflink(tmp_path, tmp_path)

    assert cloned is found
    assert {"original"} >= {path.name for path in tmp_path.iterdir()} - {"clone"}


@pytest.mark.skipif(not SHARED_MEMORY.is_dir(), reason="needs a second file system")
def test_a_clone_on_another_file_system_is_not_possible(tmp_path: Path):
    assert False is can_reflink(tmp_path, SHARED_MEMORY)


def test_a_file_written_now_is_dated_now(tmp_path: Path):
    assert time.time() == pytest.approx(changed_at_s(tmp_path), abs=60)


def test_an_error_of_a_probe_has_a_number(tmp_path: Path):
    with pytest.raises(OSError, match=r".+") as caught:
        can_reflink(tmp_path / "nowhere", tmp_path)

    assert errno.ENOENT == caught.value.errno


def test_a_good_folder_lacks_nothing(tmp_path: Path):
    (tmp_path / ".vlmhb-probe-killed").mkdir()

    assert () == missing_in(tmp_path)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        (Kind.CREATE, "writing a file"),
        (Kind.WRITE, "writing a file"),
        (Kind.SYNC, "syncing it"),
        (Kind.RENAME, "renaming it"),
        (Kind.SYNC_FOLDER, "syncing its folder"),
    ],
)
def test_what_a_folder_refuses_is_named(tmp_path: Path, kind: Kind, step: str):
    def refuse(change: Change) -> None:
        if change.kind is kind:
            raise OSError(errno.EROFS, "Read-only file system")

    with watched_by(refuse), pytest.raises(OSError, match=f"{step}.*: Read-only") as caught:
        missing_in(tmp_path)

    assert errno.EROFS == caught.value.errno
    assert [] == list(tmp_path.iterdir())


def test_a_folder_without_hard_links_or_locks_can_be_used(tmp_path: Path):
    def refuse(change: Change) -> None:
        if change.kind is Kind.LINK:
            raise OSError(errno.EPERM, "Operation not permitted")

    with watched_by(refuse):
        missing = missing_in(tmp_path, lambda _file: Taken.NO_LOCKS)

    assert ("hard links", "locks") == missing
