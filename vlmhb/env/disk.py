"""Disk: what an env really takes, when most of its files have a second name in uv's cache."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

BLOCK_BYTES = 512
"""The unit of st_blocks, whatever the file system's own blocks are."""

_Inode = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Usage:
    """What some folders take together."""

    unique_bytes: int
    """Of files that have no name outside: what deleting the folders frees."""
    shared_bytes: int
    """Of files that have, normally in uv's cache."""


class Tally:
    """What folders take, each file counted once however many names it has, as they go."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._sizes_bytes: dict[_Inode, int] = {}
        self._names_anywhere: dict[_Inode, int] = {}
        self._names: Counter[_Inode] = Counter()
        """In all folders that are left."""
        self._left = {folder: self._count(folder) for folder in folders}

    def usage(self) -> Usage:
        """What all folders that are left take together."""
        return self._usage(self._names)

    def freed_bytes(self, folder: Path) -> int:
        """What deleting this folder frees, now that others are gone."""
        return self._usage(self._left[folder]).unique_bytes

    def drop(self, folder: Path) -> None:
        """This folder is gone."""
        gone = self._left.pop(folder)
        self._names.subtract(gone)
        for inode, names in gone.items():
            self._names_anywhere[inode] -= names

    def _count(self, folder: Path) -> Counter[_Inode]:
        counted: Counter[_Inode] = Counter()
        for state in _states(folder):
            inode = (state.st_dev, state.st_ino)
            counted[inode] += 1
            self._names_anywhere[inode] = state.st_nlink
            self._sizes_bytes[inode] = state.st_blocks * BLOCK_BYTES
        self._names.update(counted)
        return counted

    def _usage(self, names: Mapping[_Inode, int]) -> Usage:
        unique = shared = 0
        for inode, count in names.items():
            if count == 0:
                continue
            if self._names_anywhere[inode] > count:
                shared += self._sizes_bytes[inode]
            else:
                unique += self._sizes_bytes[inode]
        return Usage(unique, shared)


def _states(folder: Path) -> Iterator[os.stat_result]:
    """Of every file below; what vanishes, or is replaced, while it is looked for takes nothing."""
    waiting = [str(folder)]
    while waiting:
        with suppress(FileNotFoundError, NotADirectoryError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                    continue
                with suppress(FileNotFoundError):
                    yield entry.stat(follow_symlinks=False)
