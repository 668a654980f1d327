"""What a file system can do, found out by doing it."""

import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import IO

from vlmhb.system.durable import DurableFile, link, rename, sync_folder
from vlmhb.system.file_lock import Taken, take_lock
from vlmhb.system.process import run

_PREFIX = ".vlmhb-probe-"

_FICLONE = 0x40049409
"""From linux/fs.h: make a file share another's blocks until one of them is written."""

_TIMEOUT_S = 30.0

_TRY_LOCK = """
import fcntl, sys
with open(sys.argv[1], "ab") as file:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("busy")
    else:
        print("free")
"""


class Locks(str, Enum):
    """What became of a lock that two processes wanted."""

    WORK = "work"
    """One got it; the other when the first let go."""
    ABSENT = "absent"
    """The file system refuses to lock."""
    NO_EFFECT = "no effect"
    """Both got it."""
    STUCK = "stuck"
    """Nobody got it after the first let go."""


def check_writable(folder: Path) -> None:
    """Do nothing when a file can be made in `folder`, written to the disk and renamed.

    Raises:
        OSError: it cannot, and what it is that it cannot.
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix=_PREFIX) as name:
        _write(Path(name) / "a")


def missing_in(folder: Path, take: Callable[[IO[bytes]], Taken] = take_lock) -> tuple[str, ...]:
    """What a run can do without, and `folder` does not offer: `hard links`, `locks`.

    Takes away what an earlier look left that was killed: only for the one who may write there.

    Raises:
        OSError: a file cannot be made in `folder`, written to the disk or renamed.
    """
    for leftover in folder.glob(f"{_PREFIX}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=_PREFIX) as name:
        file = _write(Path(name) / "a")
        missing = [] if _can_link(file, file.with_name("c")) else ["hard links"]
        with file.open("ab") as opened:
            missing += ["locks"] if take(opened) is Taken.NO_LOCKS else []
        return tuple(missing)


def _write(file: Path) -> Path:
    """The file under the name that it was given in the end."""
    doing = "writing a file"
    try:
        with DurableFile.appending(file) as opened:
            opened.write(b"\0" * 4096)
            doing = "syncing it (fsync)"
            opened.sync()
        doing = "renaming it"
        rename(file, file.with_name("b"))
        doing = "syncing its folder"
        sync_folder(file.parent)
    except OSError as error:
        raise OSError(error.errno, f"{doing}: {error.strerror}") from error
    return file.with_name("b")


def _can_link(source: Path, target: Path) -> bool:
    try:
        link(source, target)
    except OSError:
        return False
    return True


def can_reflink(source: Path, target: Path) -> bool:
    """Whether a file of one folder can share its blocks with a new file in the other.

    Raises:
        OSError: a folder cannot be written.
    """
    with (
        tempfile.NamedTemporaryFile(dir=source, prefix=_PREFIX) as original,
        tempfile.NamedTemporaryFile(dir=target, prefix=_PREFIX) as clone,
    ):
        original.write(b"\0" * 4096)
        original.flush()
        try:
            fcntl.ioctl(clone.fileno(), _FICLONE, original.fileno())
        except OSError:
            return False
        return True


def try_locks(folder: Path) -> Locks:
    """How `flock` goes in `folder` when this process holds a lock that another one wants.

    Raises:
        OSError: the folder cannot be written, or no other process can be started.
    """
    with tempfile.NamedTemporaryFile(dir=folder, prefix=_PREFIX) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return Locks.ABSENT
        if _seen_by_another(Path(file.name)) != "busy":
            return Locks.NO_EFFECT
        fcntl.flock(file, fcntl.LOCK_UN)
        return Locks.WORK if _seen_by_another(Path(file.name)) == "free" else Locks.STUCK


def changed_at_s(folder: Path) -> float:
    """The time the file system gives a file that is written now, in seconds since 1970 (UTC).

    Raises:
        OSError: the folder cannot be written.
    """
    with tempfile.NamedTemporaryFile(dir=folder, prefix=_PREFIX) as file:
        file.write(b"\0")
        file.flush()
        return os.fstat(file.fileno()).st_mtime


def _seen_by_another(file: Path) -> str:
    words = (sys.executable, "-I", "-S", "-c", _TRY_LOCK, file)
    completed = run(words, environment={}, cwd=Path("/"), timeout_s=_TIMEOUT_S)
    if completed.returncode != 0:
        raise OSError(0, "a second process could not open the file: " + completed.stderr[-200:])
    return completed.stdout.strip()
