"""LOCK: one process writes a run folder at a time."""

import fcntl
import json
import os
from pathlib import Path

from vlmhb.errors import RunLockedError
from vlmhb.system.clock import utc_now
from vlmhb.system.files import storage_error
from vlmhb.system.host import host_name


class RunLock:
    """Held while a run folder is written; the kernel lets go of it however the process ends.

    The file's text tells others who holds it. It stays behind: removing it would let two
    processes lock two files of one name.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = -1

    def __enter__(self) -> "RunLock":
        try:
            self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise storage_error(f"cannot lock the run folder {self._path.parent}", error) from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._sign()
        except BlockingIOError as error:
            holder = self._holder()
            os.close(self._fd)
            raise RunLockedError(
                f"cannot write to {self._path.parent}",
                f"another vlmhb is writing it: {holder}",
                next_step="wait for it, stop it, or choose another folder with --out",
            ) from error
        except OSError as error:
            os.close(self._fd)
            raise storage_error(f"cannot lock {self._path}", error) from error
        return self

    def __exit__(self, *_exception: object) -> None:
        os.close(self._fd)

    def _sign(self) -> None:
        owner = {"host": host_name(), "pid": os.getpid(), "started_at": utc_now()}
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, json.dumps(owner).encode(), 0)

    def _holder(self) -> str:
        try:
            owner = json.loads(os.pread(self._fd, 4096, 0))
            return f"pid {owner['pid']} on {owner['host']}, since {owner['started_at']}"
        except (OSError, ValueError, KeyError, TypeError):
            return "it left no name"
