"""Locks on open files, which the kernel lets go of when their holder ends."""

import fcntl
from typing import IO


def try_lock(file: IO[bytes]) -> bool:
    """Whether nobody else holds the lock; on a file system without locks nobody ever does."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
