"""Files below a folder, opened so that no name leads out of it."""

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""Links are not followed, and a pipe in the place of a file is not waited for."""


class NotInsideError(Exception):
    """No file or folder that may be shown has this name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or a folder, as its parent lists it."""

    name: bytes
    is_folder: bool
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Found:
    """A file or a folder that is open."""

    fd: int
    is_folder: bool
    size_bytes: int

    def entries(self) -> tuple[Entry, ...]:
        """What is in the folder, by name; links, hidden files and what is no file left out."""
        return tuple(sorted(self._entries(), key=lambda entry: entry.name))

    def _entries(self) -> Iterator[Entry]:
        with os.scandir(self.fd) as found:
            for entry in found:
                with contextlib.suppress(OSError):  # gone meanwhile
                    status = entry.stat(follow_symlinks=False)
                    name = os.fsencode(entry.name)
                    if _is_shown(name) and _is_plain(status.st_mode):
                        yield Entry(name, stat.S_ISDIR(status.st_mode), status.st_size)


class Inside:
    """A folder and what is below it. Use as a context manager."""

    def __init__(self, folder: Path) -> None:
        self._fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def __enter__(self) -> "Inside":
        return self

    def __exit__(self, *_exception: object) -> None:
        os.close(self._fd)

    @contextmanager
    def open(self, names: Sequence[bytes]) -> Iterator[Found]:
        """What the names lead to, one below the other; the folder itself where there are none.

        Every step starts from the folder that the last one opened: nothing that is moved or
        replaced meanwhile changes where it leads.

        Raises:
            NotInsideError: nothing, something hidden, a link, or neither a file nor a folder.
        """
        fd = _opened(b".", self._fd)  # with a place in its list that no other reader moves
        try:
            for name in names:
                fd = _step(fd, name)
            status = os.fstat(fd)
            if not _is_plain(status.st_mode):
                raise NotInsideError(repr(names[-1]))
            yield Found(fd, stat.S_ISDIR(status.st_mode), status.st_size)
        finally:
            os.close(fd)


def _step(folder: int, name: bytes) -> int:
    """What `name` is in the folder, which is closed only when there is something."""
    if not _is_shown(name) or b"/" in name or b"\0" in name:
        raise NotInsideError(repr(name))
    fd = _opened(name, folder)
    os.close(folder)
    return fd


def _opened(name: bytes, folder: int) -> int:
    try:
        return os.open(name, _FLAGS, dir_fd=folder)
    except OSError as error:
        raise NotInsideError(repr(name)) from error


def _is_shown(name: bytes) -> bool:
    """Neither hidden, nor the folder itself, nor the one above it."""
    return bool(name) and not name.startswith(b".")


def _is_plain(mode: int) -> bool:
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)
