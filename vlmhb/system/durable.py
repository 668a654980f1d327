"""Changes that reach the disk: everything a run folder must keep is written through here.

Each change tells of itself before it is made. In a run nobody listens. Tests do: they record what
is changed, to build what a power cut may leave of it, make the n-th change fail, or end the
process in front of it.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import TracebackType


class Kind(Enum):
    """What is done to a path."""

    CREATE = "create"
    """A name for an empty file, unless there is one."""
    WRITE = "write"
    """Bytes behind the others."""
    TRUNCATE = "truncate"
    SYNC = "sync"
    """What was written before is on the disk afterwards."""
    RENAME = "rename"
    LINK = "link"
    """A second name for a file."""
    REMOVE = "remove"
    MAKE_FOLDER = "make folder"
    SYNC_FOLDER = "sync folder"
    """The names in it are on the disk afterwards."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is about to be done."""

    kind: Kind
    path: Path
    content: bytes = b""
    """Of a write."""
    size: int = 0
    """After a truncation, in bytes."""
    target: Path | None = None
    """Of a rename or a link: the new name."""


Watcher = Callable[[Change], None]
"""Hears of a change before it is made; what it raises takes the place of the change."""

_watchers: list[Watcher] = []


@contextmanager
def watched_by(watcher: Watcher) -> Iterator[None]:
    """While open, `watcher` hears of every change of this process. For tests."""
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)


def _tell(change: Change) -> None:
    for watcher in _watchers:
        watcher(change)


class DurableFile:
    """A file that is appended to, and is on the disk when its writer says so."""

    def __init__(self, fd: int, path: Path) -> None:
        self._fd = fd
        self.path = path

    @classmethod
    def appending(cls, path: Path) -> "DurableFile":
        """The file at `path`, which is made when it is not there; its name is not synced yet.

        Raises:
            OSError: the file system refused.
        """
        _tell(Change(Kind.CREATE, path))
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        return cls(os.open(path, flags, 0o644), path)

    @property
    def size_bytes(self) -> int:
        """Its length now."""
        return os.fstat(self._fd).st_size

    def write(self, content: bytes) -> None:
        """Append all of `content`; when that fails, a part of it may be there."""
        _tell(Change(Kind.WRITE, self.path, content))
        left = memoryview(content)
        while left:
            left = left[os.write(self._fd, left) :]

    def truncate(self, size_bytes: int) -> None:
        """Cut off what is beyond."""
        _tell(Change(Kind.TRUNCATE, self.path, size=size_bytes))
        os.ftruncate(self._fd, size_bytes)

    def sync(self) -> None:
        """Return when everything written is on the disk.

        After a failure nobody knows what is: it must not be tried again without writing anew.
        """
        _tell(Change(Kind.SYNC, self.path))
        os.fdatasync(self._fd)

    def close(self) -> None:
        """Let go of it."""
        os.close(self._fd)

    def __enter__(self) -> "DurableFile":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


@contextmanager
def replacing(path: Path, partial: str) -> Iterator[DurableFile]:
    """A file that takes the place of `path` when it is whole, and then is on the disk.

    Until then its name ends with `partial`; it is removed when something goes wrong.

    Raises:
        OSError: the file system refused.
    """
    # Others may write the same one at this moment.
    name = path.with_name(f".{path.name}.{secrets.token_hex(6)}{partial}")
    _tell(Change(Kind.CREATE, name))
    fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    try:
        with DurableFile(fd, name) as file:
            yield file
            os.fchmod(fd, 0o644)
            file.sync()
        rename(name, path)
    except BaseException:
        name.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def rename(source: Path, target: Path) -> None:
    """Give `source` the name `target`, in place of what has it."""
    _tell(Change(Kind.RENAME, source, target=target))
    source.replace(target)


def link(source: Path, target: Path) -> None:
    """Give `source` the name `target` as well; not synced."""
    _tell(Change(Kind.LINK, source, target=target))
    os.link(source, target)


def remove(path: Path) -> None:
    """Take the name away, if it is there; not synced."""
    _tell(Change(Kind.REMOVE, path))
    path.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Make `folder` and those above it; the names of new ones are on the disk afterwards."""
    if folder.is_dir():
        return
    if not folder.parent.is_dir():
        make_folder(folder.parent)
    _tell(Change(Kind.MAKE_FOLDER, folder))
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Return when the names in `folder` are on the disk."""
    _tell(Change(Kind.SYNC_FOLDER, folder))
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
