"""One worker per GPU, among all the vlmhb processes of a user on a machine."""

import contextlib
import errno
import fcntl
import json
import os
import re
import threading
from dataclasses import dataclass, field
from pathlib import Path

from vlmhb.errors import UnusableError
from vlmhb.system.clock import utc_now, wall_s
from vlmhb.system.remedies import remedy

REFRESH_S = 3600.0
"""The oldest a lease may look: what cleans up /tmp removes files that nobody has changed for days,
and the next run would lease the GPU once more."""
_IN_THE_WAY = (errno.EPERM, errno.EACCES, errno.EEXIST, errno.ENOTDIR, errno.ELOOP)
_STRANGE = re.compile(r"[^A-Za-z0-9-]")


def lease_folder() -> Path:
    """Where this user's leases are.

    The same for all of the user's processes, whatever TMPDIR and XDG_RUNTIME_DIR say: two that do
    not look in one place would not see each other.
    """
    return Path("/tmp", f"vlmhb-{os.getuid()}", "gpus")  # noqa: S108 - made for this user alone


@dataclass(frozen=True, slots=True)
class LeaseHolder:
    """Who has a GPU."""

    pid: int
    since: str
    """UTC; empty when the holder left no name yet."""

    def __str__(self) -> str:
        return f"vlmhb run {self.pid} since {self.since}" if self.since else "another vlmhb run"


@dataclass(slots=True)
class GpuLease:
    """The right to use a GPU.

    It lasts as long as anybody has the file open: this process, and the guard of the worker that
    inherited it, so that a worker whose host was killed keeps its GPU until it is gone.
    """

    uuid: str
    fd: int
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def refresh(self) -> None:
        """Let the file look used. For any thread."""
        with self._lock:
            if self.fd >= 0 and wall_s() - os.fstat(self.fd).st_mtime > REFRESH_S:
                with contextlib.suppress(OSError):
                    os.utime(self.fd)

    def release(self) -> None:
        """Give it back; what others still hold open they keep. For any thread, any number of times.

        The number of a closed file may be another file's by the time of a second call.
        """
        with self._lock:
            fd, self.fd = self.fd, -1
            if fd >= 0:
                os.close(fd)


def take_lease(folder: Path, uuid: str) -> GpuLease | LeaseHolder:
    """The lease of that GPU, or who has it.

    Raises:
        UnusableError: the folder cannot be used.
    """
    path = folder / f"{_STRANGE.sub('_', uuid)}.lock"
    try:
        while True:
            fd = _open(path)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if _is_at(path, fd):
                    break
            except BlockingIOError:
                holder = _holder(fd)
                os.close(fd)
                return holder
            except OSError:
                os.close(fd)
                raise
            os.close(fd)  # it was removed meanwhile: others will look at the one made since
    except OSError as error:
        raise _refusal(uuid, path, error) from error
    _sign(fd)
    return GpuLease(uuid, fd)


def _is_at(path: Path, fd: int) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), path.lstat())
    except FileNotFoundError:
        return False


def _refusal(uuid: str, path: Path, error: OSError) -> UnusableError:
    doing, got = f"cannot lease GPU {uuid}", f"{error.filename or path}: {error.strerror}"
    if error.errno not in _IN_THE_WAY:  # not the folder's fault, which may hold leases in use
        return UnusableError(doing, got, next_step=remedy(error))
    return UnusableError(
        doing,
        got,
        expected="a folder that this user may write and nobody else",
        next_step=f"remove {path.parent.parent}, or have its owner remove it",
    )


def _open(path: Path) -> int:
    for folder in (path.parent.parent, path.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        # In a folder that all may write, somebody else may have been here first.
        if found.st_uid != os.getuid() or not folder.is_dir() or folder.is_symlink():
            raise PermissionError(1, "it belongs to somebody else", str(folder))
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _sign(fd: int) -> None:
    try:
        os.ftruncate(fd, 0)
        os.pwrite(fd, json.dumps({"pid": os.getpid(), "since": utc_now()}).encode(), 0)
    except OSError:
        return  # a full disk costs the name, not the lease


def _holder(fd: int) -> LeaseHolder:
    try:
        owner = json.loads(os.pread(fd, 4096, 0))
        return LeaseHolder(int(owner["pid"]), str(owner["since"]))
    except (OSError, ValueError, KeyError, TypeError):
        return LeaseHolder(0, "")
