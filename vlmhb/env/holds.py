"""Holds: an env that somebody uses is locked against removal, for as long as the user lives.

The lock belongs to an open file, which worker processes inherit: it lasts until the last of them is
gone, however it ends. Nothing has to be cleaned up.
"""

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from vlmhb.errors import EnvError
from vlmhb.system.clock import monotonic_s

_FILE = "in-use"
"""Beside the venv; its time says when the env was last asked for."""

_REMOVAL_S = 0.5
"""How long one who removes an env may hold its lock before the folder is out of sight."""

_GLANCE_S = 0.01
"""How long one who asks whether an env is in use may hold its lock."""

_PAUSE_S = 0.002

_NOT_OURS = (errno.EACCES, errno.EPERM, errno.EROFS)


class GoneError(Exception):
    """The env is being removed, or was."""


class InUseError(EnvError):
    """Somebody uses the env."""


@dataclass(frozen=True, slots=True)
class Holds:
    """The envs that this process keeps in use until it ends."""

    _open: dict[Path, int] = field(default_factory=dict)

    def take(self, folder: Path) -> None:
        """Keep the env in `folder`; on a file system without locks nothing is ever removed.

        Raises:
            GoneError: somebody is removing it.
        """
        path = folder / _FILE
        if not self._holds(path):
            self.drop(folder)
            fd = _open_readable(path)
            try:
                _lock(fd, path, fcntl.LOCK_SH, _REMOVAL_S)
            except BlockingIOError as error:
                os.close(fd)
                raise GoneError from error
            except OSError:
                os.close(fd)  # no locks here
                return
            self._open[path] = fd
            if not self._holds(path):
                self.drop(folder)
                raise GoneError
        _touch(path)

    def drop(self, folder: Path) -> None:
        """No longer keep the env in `folder`."""
        fd = self._open.pop(folder / _FILE, None)
        if fd is not None:
            os.close(fd)

    def move(self, folder: Path, new: Path) -> None:
        """Keep the env of `folder`, which is now called `new`."""
        fd = self._open.pop(folder / _FILE, None)
        if fd is not None:
            self.drop(new)
            self._open[new / _FILE] = fd

    def descriptor(self, folder: Path) -> int | None:
        """The open file that keeps the env in `folder`, for a worker to inherit."""
        return self._open.get(folder / _FILE)

    def _holds(self, path: Path) -> bool:
        """Whether our open file is still the one of that name: the env may have been replaced."""
        fd = self._open.get(path)
        return fd is not None and _is_at(fd, path)


@contextmanager
def unused(folder: Path, name: str) -> Iterator[bool]:
    """Nobody uses the env in `folder`, or begins to, as long as this lasts; False: it is gone.

    Raises:
        InUseError: somebody does.
        EnvError: it cannot be known.
    """
    fd = _lock_alone(folder / _FILE, name)
    try:
        yield fd is not None
    finally:
        if fd is not None:
            os.close(fd)


def in_use(folder: Path) -> bool | None:
    """Whether somebody uses the env in `folder`; None where that cannot be known."""
    try:
        fd = _open_file(folder / _FILE, os.O_RDWR)
    except GoneError:
        return False
    except OSError:
        return None
    try:
        _lock(fd, folder / _FILE, fcntl.LOCK_EX, _GLANCE_S)
    except BlockingIOError:
        return True
    except OSError:
        return None
    finally:
        os.close(fd)
    return False


def last_used_s(folder: Path) -> float:
    """When the env in `folder` was last asked for, in seconds since the epoch."""
    path = folder / _FILE
    return (path if path.exists() else folder).stat().st_mtime


def _lock_alone(path: Path, name: str) -> int | None:
    """The locked open file; None when the env is gone."""
    while True:
        try:
            fd = _open_writable(path)
        except GoneError:
            return None
        try:
            _lock(fd, path, fcntl.LOCK_EX, _GLANCE_S)
        except BlockingIOError as error:
            is_there = _is_at(fd, path)
            os.close(fd)
            if not is_there:
                continue
            raise InUseError(
                f'cannot remove env "{name}"',
                "a run is using it",
                next_step="wait until that run has ended, then run the same command again",
            ) from error
        except OSError as error:
            os.close(fd)
            raise EnvError(
                f'cannot remove env "{name}"',
                f"{path.parent}: {error.strerror}",
                expected="a file system with locks, which tell whether a run is using it",
                next_step="make sure that no run is using it, then delete that folder by hand",
            ) from error
        if _is_at(fd, path):
            return fd
        os.close(fd)  # another env has taken that place, or none: look again


def _lock(fd: int, path: Path, kind: int, patience_s: float) -> None:
    """Lock the open file that was at `path`, if need be after others let go of it.

    Raises:
        BlockingIOError: they did not.
        OSError: this file system has no locks.
    """
    deadline_s = monotonic_s() + patience_s
    while True:
        try:
            fcntl.flock(fd, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic_s() >= deadline_s or not _is_at(fd, path):
                raise
            time.sleep(_PAUSE_S)
        else:
            return


def _is_at(fd: int, path: Path) -> bool:
    """Whether the open file is the one called `path`: its env may be gone, or replaced."""
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except OSError:
        return False


def _open_readable(path: Path) -> int:
    """For locks that others may share; made where it is not there yet."""
    try:
        # Of a file of another user Linux may refuse to make it although it is there: see
        # fs.protected_regular.
        return _open_file(path, os.O_RDONLY)
    except GoneError:
        return _open_file(path, os.O_RDONLY | os.O_CREAT)


def _touch(path: Path) -> None:
    """Remember this use, where the env is ours: others may use it, and only it grows older."""
    try:
        os.utime(path)
    except OSError as error:
        if error.errno not in _NOT_OURS:
            raise


def _open_writable(path: Path) -> int:
    """For locks that exclude others: NFS grants them to writers alone."""
    try:
        return _open_file(path, os.O_RDWR)
    except GoneError:
        pass
    # Nobody has asked for this env yet, and this is no use of it either.
    try:
        times_s = (last_used_s(path.parent),) * 2
    except FileNotFoundError as error:
        raise GoneError from error
    fd = _open_file(path, os.O_RDWR | os.O_CREAT)
    os.utime(fd, times_s)
    return fd


def _open_file(path: Path, flags: int) -> int:
    try:
        return os.open(path, flags | os.O_CLOEXEC, 0o644)
    except FileNotFoundError as error:
        raise GoneError from error
