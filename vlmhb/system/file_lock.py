"""Locks on open files, which the kernel lets go of when their holder ends."""

import fcntl
from contextlib import suppress
from enum import Enum
from typing import IO


class Taken(Enum):
    """What became of a lock that was asked for."""

    YES = "yes"
    BY_ANOTHER = "by another"
    NO_LOCKS = "no locks"
    """The file system has none."""


def take_lock(file: IO[bytes] | int) -> Taken:
    """Ask for the lock, without waiting."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return Taken.BY_ANOTHER
    except OSError:
        return Taken.NO_LOCKS
    return Taken.YES


def wait_for_lock(file: IO[bytes] | int) -> None:
    """Return when nobody else holds the lock; at once where the file system has none."""
    with suppress(OSError):
        fcntl.flock(file, fcntl.LOCK_EX)


def let_go(fd: int) -> None:
    """Give the lock back, whoever else has the file open: a child that is only starting may."""
    with suppress(OSError):
        fcntl.flock(fd, fcntl.LOCK_UN)


def try_lock(file: IO[bytes]) -> bool:
    """Whether nobody else holds the lock; on a file system without locks nobody ever does."""
    return take_lock(file) is not Taken.BY_ANOTHER
