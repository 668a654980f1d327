"""What a process and everything below it takes of the machine."""

import contextlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

CHILDREN = "/proc/{pid}/task/{pid}/children"
"""Where most kernels list what a thread has started."""
UNREADABLE = (psutil.Error, OSError, ValueError, LookupError, RuntimeError)
"""What psutil raises besides its own where a sandbox's /proc reads otherwise than Linux's."""
LISTED_BYTES = 1 << 16
"""Of such a list: enough for eight thousand children of a thread."""


@dataclass(frozen=True, slots=True)
class TreeUse:
    """A process and its descendants at one moment."""

    cpu_s: float
    """CPU seconds of those that live, and of the ended ones that they have waited for."""
    rss_bytes: int
    """Resident memory, shared pages counted in each."""
    pids: frozenset[int]
    anonymous_bytes: int = 0
    """Of `rss_bytes`, what belongs to no file and no shared memory: weights that are mapped from
    their files do not count. What a process shares with the one it was forked from counts in each.
    """
    threads: int = 0
    """Of all of them; 0 where the kernel lists none."""


def read_tree(root: psutil.Process, children: str = CHILDREN) -> TreeUse | None:
    """What `root` and everything below it takes; None when it is gone or cannot be looked at.

    Without the file `children`, every process of the machine is looked at to find those below.
    """
    try:
        return _read(root, children)
    except UNREADABLE:
        return None


def own_bytes(pids: Iterable[int]) -> int | None:
    """Anonymous memory of these processes, what several share counted once; takes a while.

    None where the kernel does not tell.
    """
    told = [_own_bytes(pid) for pid in pids]
    known = [own for own in told if own is not None]
    return sum(known) if known else None


def _own_bytes(pid: int) -> int | None:
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:  # noqa: PTH123 - as for the threads
            line = next(line for line in file if line.startswith(b"Pss_Anon:"))
        return int(line.split()[1]) * 1024
    except (OSError, StopIteration, ValueError, IndexError):
        return None


def process_of(pid: int) -> psutil.Process | None:
    """The process that has this number now; None when there is none, or it is hidden."""
    try:
        return psutil.Process(pid)
    except UNREADABLE:
        return None


def _read(root: psutil.Process, children: str) -> TreeUse | None:
    if not root.is_running():  # its number may be another's by now
        return None
    threads = dict(_tree(root, children))
    uses = {pid: use for pid in threads if (use := _use(pid)) is not None}
    if root.pid not in uses:
        return None
    return TreeUse(
        cpu_s=sum(use.cpu_s for use in uses.values()),
        rss_bytes=sum(use.rss_bytes for use in uses.values()),
        pids=frozenset(uses),
        anonymous_bytes=sum(use.anonymous_bytes for use in uses.values()),
        threads=sum(threads.values()),
    )


@dataclass(frozen=True, slots=True)
class _Use:
    """What one process takes."""

    cpu_s: float
    rss_bytes: int
    anonymous_bytes: int


def _use(pid: int) -> _Use | None:
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            times = process.cpu_times()
            memory = process.memory_info()
    except UNREADABLE:
        return None
    rss_bytes = int(memory.rss)
    return _Use(
        # Those that ended count with who waited for them, so that nothing is lost with their end.
        cpu_s=times.user + times.system + times.children_user + times.children_system,
        rss_bytes=rss_bytes,
        anonymous_bytes=max(0, rss_bytes - int(memory.shared)),
    )


def _tree(root: psutil.Process, children: str) -> Iterator[tuple[int, int]]:
    """Pid and number of threads of each, the root first."""
    if not Path(children.format(pid=root.pid)).exists():
        yield root.pid, 0
        yield from ((process.pid, 0) for process in root.children(recursive=True))
        return
    waiting = [root.pid]
    while waiting:
        pid = waiting.pop()
        threads = _threads(pid)
        yield pid, len(threads)
        for thread in threads:
            with contextlib.suppress(OSError):  # that thread ended meanwhile
                waiting.extend(_numbers(f"/proc/{pid}/task/{thread}/children"))


def _threads(pid: int) -> list[str]:
    """Their numbers; none of a process that is gone."""
    try:
        # A model's libraries start hundreds of threads: paths and file objects would double this.
        return os.listdir(f"/proc/{pid}/task")  # noqa: PTH208
    except OSError:
        return []


def _numbers(file: str) -> Iterator[int]:
    fd = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield from map(int, os.read(fd, LISTED_BYTES).split())
    finally:
        os.close(fd)
