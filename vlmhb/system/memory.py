"""Memory: what the machine has, and what the control group of this process may use of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from vlmhb.system.mounts import Mount

_OWN = Path("/proc/self/cgroup")

_NO_LIMIT_BYTES = 1 << 60
"""Version 1 writes the largest number of pages it can count where there is no limit."""


@dataclass(frozen=True, slots=True)
class _Files:
    """What one version of control groups calls things."""

    limit: str
    usage: str
    reclaimable: str
    """Line of `memory.stat`: pages of files that the kernel drops before it runs short."""
    kills: str
    """The file with a line `oom_kill`."""


_V1 = _Files(
    "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file", "memory.oom_control"
)
_V2 = _Files("memory.max", "memory.current", "inactive_file", "memory.events")


@dataclass(frozen=True, slots=True)
class MemoryLimit:
    """The tightest limit above this process."""

    limit_bytes: int
    used_bytes: int
    """By all processes under this limit; files that the kernel can drop are not counted."""
    version: int
    """1 or 2."""


@dataclass(frozen=True, slots=True)
class HostMemory:
    """What the kernel manages for all."""

    total_bytes: int
    available_bytes: int
    """What programs can get without swapping."""


def host_memory() -> HostMemory:
    """The machine's memory now."""
    found = psutil.virtual_memory()
    return HostMemory(int(found.total), int(found.available))


def peak_below_bytes() -> int | None:
    """The most memory that each process below our children has held, added up.

    Our children are guards of workers; what they guard lives below them. None where nobody does,
    or the kernel does not tell.
    """
    try:
        children = psutil.Process().children()
        below = [process.pid for child in children for process in child.children(recursive=True)]
    except psutil.Error:
        return None
    peaks = [peak for pid in below if (peak := _peak_bytes(pid)) is not None]
    return sum(peaks) or None


def _peak_bytes(pid: int) -> int | None:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
        return next(
            int(line.split()[1]) * 1024 for line in lines.splitlines() if line.startswith("VmHWM:")
        )
    except (OSError, ValueError, IndexError, StopIteration):
        return None


def memory_limit(mounts: Iterable[Mount], membership: str | None = None) -> MemoryLimit | None:
    """What the control group lets this process have; None where it sets no limit.

    `membership` is the text of /proc/self/cgroup.
    """
    found = [limit for group in _groups(mounts, membership) for limit in _limits(group)]
    return min(found, key=lambda limit: limit.limit_bytes - limit.used_bytes, default=None)


def memory_ceiling_bytes(mounts: Iterable[Mount], membership: str | None = None) -> int:
    """The most memory that this process and its children can ever have together."""
    found = [limit for group in _groups(mounts, membership) for limit in _limits(group)]
    return min([host_memory().total_bytes, *(limit.limit_bytes for limit in found)])


def available_bytes(mounts: Iterable[Mount], membership: str | None = None) -> int:
    """What programs of this process's control group can still get without swapping."""
    limit = memory_limit(mounts, membership)
    here = host_memory().available_bytes
    return here if limit is None else min(here, limit.limit_bytes - limit.used_bytes)


def oom_kills(mounts: Iterable[Mount], membership: str | None = None) -> int | None:
    """How many processes of this one's group the kernel has killed for want of memory.

    None where it does not tell. A process that is started by this one is in the same group.
    """
    told = [_line(one.folder / one.files.kills, "oom_kill") for one in _groups(mounts, membership)]
    return next((kills for kills in told if kills is not None), None)


@dataclass(frozen=True, slots=True)
class _Group:
    """The group of a process, as far as it can be seen."""

    folder: Path
    top: Path
    files: _Files
    version: int


def _groups(mounts: Iterable[Mount], membership: str | None) -> Iterator[_Group]:
    """One for each version of control groups that this system uses."""
    if membership is None:
        try:
            membership = _OWN.read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return
    known = tuple(mounts)
    for line in membership.splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            mount = _last(m for m in known if m.type == "cgroup2")
            yield from _group(mount, path, _V2, 2)
        elif "memory" in controllers.split(","):
            mount = _last(m for m in known if m.type == "cgroup" and "memory" in m.options)
            yield from _group(mount, path, _V1, 1)


def _last(mounts: Iterable[Mount]) -> Mount | None:
    return next(iter(reversed(tuple(mounts))), None)


def _group(mount: Mount | None, path: str, files: _Files, version: int) -> Iterator[_Group]:
    if mount is None:
        return
    top = Path(mount.point)
    # A container may see only a part of the tree: then both paths begin at the whole one's root.
    inside = path.removeprefix(mount.root) if mount.root != "/" else path
    folder = top / inside.strip("/")
    if ".." in folder.parts or not folder.is_dir():
        folder = top
    yield _Group(folder, top, files, version)


def _limits(group: _Group) -> Iterator[MemoryLimit]:
    """The limits of a group and of every group above it that can be seen."""
    for folder in (group.folder, *group.folder.parents):
        limit = _number(folder / group.files.limit)
        if limit is not None and limit < _NO_LIMIT_BYTES:
            reclaimable = _line(folder / "memory.stat", group.files.reclaimable) or 0
            used = (_number(folder / group.files.usage) or 0) - reclaimable
            yield MemoryLimit(limit, max(used, 0), group.version)
        if folder == group.top:
            return


def _number(path: Path) -> int | None:
    """The number in a file; None where there is no such file, or a word such as `max`."""
    try:
        return int(path.read_bytes())
    except (OSError, ValueError):
        return None


def _line(path: Path, name: str) -> int | None:
    """The number behind `name` in a file of names and numbers; None where there is none."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{name} "))
    except (OSError, ValueError, IndexError, StopIteration):
        return None
