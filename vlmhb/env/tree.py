"""Trees: the names below a folder and what the system says of each, with nothing read."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vlmhb.env.disk import BLOCK_BYTES


@dataclass(frozen=True, slots=True)
class Tree:
    """What was below a folder at one moment; all names are relative to it."""

    root: Path
    files: Mapping[str, os.stat_result]
    """Everything that is neither a folder nor a link."""
    folders: Mapping[str, int]
    """Name -> when a name came or went last, in nanoseconds; `.` is the root itself."""
    links: Mapping[str, str]
    """Name -> what it points to."""

    @property
    def size_bytes(self) -> int:
        """All files together."""
        return sum(state.st_size for state in self.files.values())

    @property
    def unique_bytes(self) -> int:
        """What the files take on disk that have no other name."""
        states = self.files.values()
        return BLOCK_BYTES * sum(state.st_blocks for state in states if state.st_nlink == 1)


def scan(root: Path) -> Tree:
    """Everything below `root`; links are not followed."""
    files: dict[str, os.stat_result] = {}
    folders: dict[str, int] = {}
    links: dict[str, str] = {}
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        with _opened(f"{root}/{prefix}") as folder, os.scandir(folder) as entries:
            # Before its names are listed: one that comes later makes the folder newer than this.
            folders[prefix[:-1] or "."] = os.fstat(folder).st_mtime_ns
            for entry in entries:
                path = prefix + entry.name
                if entry.is_symlink():
                    # Spelled as pathlib does, by which it is looked up again.
                    links[path] = str(Path(os.readlink(entry.name, dir_fd=folder)))
                elif entry.is_dir():
                    waiting.append(f"{path}/")
                else:
                    files[path] = entry.stat(follow_symlinks=False)
    return Tree(root, files, folders, links)


@contextmanager
def _opened(folder: str) -> Iterator[int]:
    """Names looked up in an open folder take the system a fifth less time."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield fd
    finally:
        os.close(fd)
