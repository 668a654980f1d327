"""The machine itself: memory, what processes share, its clock."""

import datetime
import platform
from collections.abc import Iterable, Iterator
from pathlib import Path

from vlmhb.cli.checks.check import Check, Status
from vlmhb.domain.sizes import gib
from vlmhb.system.host import usable_cores
from vlmhb.system.memory import HostMemory, MemoryLimit, host_memory, memory_limit
from vlmhb.system.mounts import Mount, Space, nearest_folder, space_on
from vlmhb.system.volume import changed_at_s

ROOM_WANTED_BYTES = 4 << 30
"""The small models of the quickstart load within it; larger ones read their weights through it."""

SHARED_WANTED_BYTES = 1 << 30
"""Containers often come with 64 MiB."""

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - looked at, nothing is put there

SKEW_ALLOWED_S = 5.0

FIRST_RELEASE = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
"""No clock that is right can show an earlier time to this code."""


def machine() -> Iterator[Check]:
    """What this is."""
    python = platform.python_version()
    found = f"{platform.platform()}, {usable_cores()} cores, vlmhb on python {python}"
    yield Check("machine", Status.OK, found)


def memory(mounts: Iterable[Mount]) -> Iterator[Check]:
    """What of the host's memory this container may use."""
    yield judge_memory(host_memory(), memory_limit(mounts))


def judge_memory(host: HostMemory, limit: MemoryLimit | None) -> Check:
    """Whether a model has room."""
    found = f"host {gib(host.total_bytes)}, {gib(host.available_bytes)} of it free"
    room = host.available_bytes
    if limit is None:
        found += "; no limit by a control group"
    else:
        room = min(room, limit.limit_bytes - limit.used_bytes)
        found += (
            f"; this container may use {gib(limit.limit_bytes)} (cgroup v{limit.version}), "
            f"{gib(limit.used_bytes)} are in use"
        )
    if room < ROOM_WANTED_BYTES:
        fix = "stop what uses it, or rent a pod with more memory: the kernel kills what exceeds it"
        return Check("memory", Status.WARN, f"{found}; {gib(room)} left for models", fix)
    return Check("memory", Status.OK, found)


def shared_memory(folder: Path = SHARED_MEMORY) -> Iterator[Check]:
    """The file system that processes exchange tensors through."""
    yield judge_shared_memory(folder, space_on(folder))


def judge_shared_memory(folder: Path, space: Space) -> Check:
    """Whether loaders and engines with several processes have room."""
    found = f"{folder}: {gib(space.free_bytes)} of {gib(space.total_bytes)} free"
    if space.free_bytes < SHARED_WANTED_BYTES:
        fix = (
            "start the container with --shm-size=8g or --ipc=host: data loaders, vLLM, SGLang and "
            "several GPUs exchange tensors there and die with a bus error when it is full"
        )
        return Check("shared memory", Status.WARN, found, fix)
    return Check("shared memory", Status.OK, found)


def clock(runs: Path) -> Iterator[Check]:
    """The date, against what can be known of it here: this code's files, and a file made now."""
    try:
        written_s = changed_at_s(nearest_folder(runs))
    except OSError:
        written_s = None  # its own check says that this folder cannot be written
    now = datetime.datetime.now(datetime.timezone.utc)
    yield judge_clock(now, newest_source(), written_s)


def newest_source() -> datetime.datetime:
    """When the newest file of this code was written.

    Raises:
        OSError: it cannot be looked at.
    """
    package = Path(__file__).resolve().parents[2]
    newest_s = max(file.stat().st_mtime for file in package.rglob("*.py"))
    return _utc(newest_s)


def judge_clock(
    now: datetime.datetime, source: datetime.datetime, written_s: float | None
) -> Check:
    """Whether `now` is plausible; nothing here can tell a clock that is a little wrong."""
    shown = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    fix = "set the clock (chronyc makestep, or restart the pod): downloads check certificates by it"
    earliest = max(FIRST_RELEASE, source)
    if now < earliest - datetime.timedelta(seconds=SKEW_ALLOWED_S):
        found = f"{shown} is before this code was written ({earliest:%Y-%m-%dT%H:%M:%SZ})"
        return Check("clock", Status.WARN, found, fix)
    if written_s is not None and abs(written_s - now.timestamp()) > SKEW_ALLOWED_S:
        found = f"{shown}, but a file written now is dated {_utc(written_s):%Y-%m-%dT%H:%M:%SZ}"
        return Check("clock", Status.WARN, found, f"{fix}, and file servers have their own")
    return Check("clock", Status.OK, f"{shown}, plausible: later than this code, as files say")


def _utc(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
