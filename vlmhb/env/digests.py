"""Digests: the sha256 of many files, read by several threads at once."""

import errno
import hashlib
import os
import stat
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

_THREADS = min(8, os.cpu_count() or 1)
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Digest:
    """What a file held."""

    state: os.stat_result
    """When it was read."""
    sha256: str

    def is_of(self, now: os.stat_result) -> bool:
        """Whether the file is still the one that was read: the same inode, size and time."""
        then = self.state
        return (then.st_mtime_ns, then.st_size, then.st_ino, then.st_dev) == (
            *(now.st_mtime_ns, now.st_size, now.st_ino, now.st_dev),
        )


def read_files(
    root: Path, paths: Iterable[str], cancelled: threading.Event | None = None
) -> dict[str, Digest]:
    """What each of the plain files holds; paths are relative to `root`.

    What is missing, a folder or a link is left out, and what is not read yet once `cancelled` is
    set.
    """
    # Shared by the threads, so that none is left alone with the large files.
    waiting = iter(list(paths))
    ended = threading.Event()
    stops = (ended, cancelled or ended)
    with ThreadPoolExecutor(_THREADS) as pool:
        shares = [pool.submit(_share, root, waiting, stops) for _ in range(_THREADS)]
        try:
            return dict(pair for share in shares for pair in share.result())
        finally:
            ended.set()  # after an error or a signal nobody waits for the other files


def _share(
    root: Path, waiting: Iterator[str], stops: tuple[threading.Event, threading.Event]
) -> list[tuple[str, Digest]]:
    ended, cancelled = stops
    wanted = takewhile(lambda _path: not (ended.is_set() or cancelled.is_set()), waiting)
    read = ((path, _read(f"{root}/{path}")) for path in wanted)
    return [(path, digest) for path, digest in read if digest]


def _read(path: str) -> Digest | None:
    # Below pathlib and file objects, which take longer than reading a small file does.
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if error.errno == errno.ELOOP:
            return None
        raise
    try:
        state = os.fstat(fd)
        if not stat.S_ISREG(state.st_mode):
            return None
        left_bytes = state.st_size
        digest = hashlib.sha256()
        while left_bytes > 0 and (piece := os.read(fd, _PIECE_BYTES)):
            digest.update(piece)
            left_bytes -= len(piece)
    finally:
        os.close(fd)
    return Digest(state, digest.hexdigest())
