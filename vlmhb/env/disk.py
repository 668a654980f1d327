"""Disk: what an env really takes, when most of its files have a second name in uv's cache."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK_BYTES = 512
"""The unit of st_blocks, whatever the file system's own blocks are."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What some folders take together."""

    unique_bytes: int
    """Of files that have no name outside: what deleting the folders frees."""
    shared_bytes: int
    """Of files that have, normally in uv's cache."""


def usage(folders: Iterable[Path]) -> Usage:
    """What the folders take on disk, each file counted once however many names it has."""
    names: dict[tuple[int, int], int] = {}
    states: dict[tuple[int, int], os.stat_result] = {}
    for folder in folders:
        for state in _states(folder):
            inode = (state.st_dev, state.st_ino)
            names[inode] = names.get(inode, 0) + 1
            states[inode] = state
    unique = shared = 0
    for inode, state in states.items():
        if state.st_nlink > names[inode]:
            shared += state.st_blocks * _BLOCK_BYTES
        else:
            unique += state.st_blocks * _BLOCK_BYTES
    return Usage(unique, shared)


def unique_bytes(folder: Path) -> int:
    """What deleting the folder frees."""
    return usage([folder]).unique_bytes


def _states(folder: Path) -> Iterator[os.stat_result]:
    waiting = [str(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    yield entry.stat(follow_symlinks=False)
