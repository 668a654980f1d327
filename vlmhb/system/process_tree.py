"""What a process and everything below it takes of the machine."""

import contextlib
import os
from collections.abc import Iterator
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


def read_tree(root: psutil.Process, children: str = CHILDREN) -> TreeUse | None:
    """What `root` and everything below it takes; None when it is gone or cannot be looked at.

    Without the file `children`, every process of the machine is looked at to find those below.
    """
    try:
        return _read(root, children)
    except UNREADABLE:
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
    pids = tuple(_tree(root, children))
    uses = {pid: use for pid in pids if (use := _use(pid)) is not None}
    if root.pid not in uses:
        return None
    return TreeUse(
        cpu_s=sum(cpu_s for cpu_s, _ in uses.values()),
        rss_bytes=sum(rss_bytes for _, rss_bytes in uses.values()),
        pids=frozenset(uses),
    )


def _use(pid: int) -> tuple[float, int] | None:
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            times = process.cpu_times()
            rss_bytes = int(process.memory_info().rss)
    except UNREADABLE:
        return None
    # Those that ended count with who waited for them, so that nothing is lost with their end.
    return times.user + times.system + times.children_user + times.children_system, rss_bytes


def _tree(root: psutil.Process, children: str) -> Iterator[int]:
    """The pids, the root's first."""
    if not Path(children.format(pid=root.pid)).exists():
        yield root.pid
        yield from (process.pid for process in root.children(recursive=True))
        return
    waiting = [root.pid]
    while waiting:
        pid = waiting.pop()
        yield pid
        waiting.extend(_children(pid))


def _children(pid: int) -> Iterator[int]:
    """Those started by any of its threads; none of a process that is gone."""
    with contextlib.suppress(OSError):
        # A model's libraries start hundreds of threads: paths and file objects would double this.
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208
            with contextlib.suppress(OSError):  # that thread ended meanwhile
                yield from _numbers(f"/proc/{pid}/task/{thread}/children")


def _numbers(file: str) -> Iterator[int]:
    fd = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield from map(int, os.read(fd, LISTED_BYTES).split())
    finally:
        os.close(fd)
