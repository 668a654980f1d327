"""What the files below a folder take of their disk."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vlmhb.system.mounts import space_on

_BLOCK_BYTES = 512
"""The unit of st_blocks, whatever the file system's own blocks are."""


@dataclass(frozen=True, slots=True)
class FolderUse:
    """A folder at one moment."""

    size_bytes: int
    free_bytes: int
    """On the same disk."""


def folder_use(folder: Path) -> FolderUse | None:
    """What is below `folder`, links not followed; None when it is gone or cannot be looked at."""
    try:
        free_bytes = space_on(folder).free_bytes
    except OSError:
        return None
    return FolderUse(sum(_sizes(str(folder))), free_bytes)


def _sizes(folder: str) -> Iterator[int]:
    waiting = [folder]
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as found:
            for entry in found:
                with contextlib.suppress(OSError):  # gone meanwhile
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        yield entry.stat(follow_symlinks=False).st_blocks * _BLOCK_BYTES
