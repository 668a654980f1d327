"""Holds: an env that somebody uses is locked against removal, for as long as the user lives.

The lock belongs to an open file, which worker processes inherit: it lasts until the last of them is
gone, however it ends. Nothing has to be cleaned up.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from vlmhb.errors import EnvError

_FILE = "in-use"
"""Beside the venv; its time says when the env was last asked for."""


class GoneError(Exception):
    """The env is being removed, or was."""


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
            fd = _open_file(path)
            try:
                fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
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
        os.utime(path)

    def drop(self, folder: Path) -> None:
        """No longer keep the env in `folder`."""
        fd = self._open.pop(folder / _FILE, None)
        if fd is not None:
            os.close(fd)

    def descriptor(self, folder: Path) -> int | None:
        """The open file that keeps the env in `folder`, for a worker to inherit."""
        return self._open.get(folder / _FILE)

    def _holds(self, path: Path) -> bool:
        """Whether our open file is still the one of that name: the env may have been replaced."""
        fd = self._open.get(path)
        try:
            return fd is not None and os.path.samestat(os.fstat(fd), path.stat())
        except OSError:
            return False


@contextmanager
def unused(folder: Path, name: str) -> Iterator[None]:
    """Nobody uses the env in `folder`, or begins to, as long as this lasts.

    Raises:
        EnvError: somebody does, or it cannot be known.
    """
    try:
        fd = _open_file(folder / _FILE)
    except GoneError:
        yield
        return
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise EnvError(
            f'cannot remove env "{name}"',
            "a run is using it",
            next_step="wait until that run has ended, then run the same command again",
        ) from error
    except OSError as error:
        raise EnvError(
            f'cannot remove env "{name}"',
            f"{folder}: {error.strerror}",
            expected="a file system with locks, which tell whether a run is using it",
            next_step="make sure that no run is using it, then delete that folder by hand",
        ) from error
    finally:
        os.close(fd)


def last_used_s(folder: Path) -> float:
    """When the env in `folder` was last asked for, in seconds since the epoch."""
    path = folder / _FILE
    return (path if path.exists() else folder).stat().st_mtime


def _open_file(path: Path) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except FileNotFoundError as error:
        raise GoneError from error
