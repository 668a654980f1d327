"""How full the GPUs are, and who fills them."""

import contextlib
import threading
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

import pynvml

from vlmhb.system.clock import thread_cpu_s
from vlmhb.system.gpu_counters import GpuCounters, read_counters
from vlmhb.system.gpus import Gpu, is_slice, list_gpus

LISTINGS = ("_v3", "_v2")
"""Of the calls that list processes: drivers before 510 know the second only."""


@dataclass(frozen=True, slots=True)
class GpuMemory:
    """A GPU's memory at one moment."""

    total_bytes: int
    used_bytes: int
    """By everybody, the driver included."""

    @property
    def free_bytes(self) -> int:
        """What nobody uses."""
        return self.total_bytes - self.used_bytes


@dataclass(frozen=True, slots=True)
class GpuUser:
    """A process that has memory on a GPU."""

    pid: int
    name: str
    """Of its program; empty when it is not told."""
    used_bytes: int | None
    """None where the driver does not tell it, as in most containers."""


class NvmlGpus:
    """The GPUs this process may use, as NVML tells of them; MIG slices by their own UUIDs.

    NVML is opened once and stays open: without persistence mode each opening may take a second.
    Every method may be called from any thread.
    """

    def __init__(self, nvml: Any = pynvml, gpus: tuple[tuple[Gpu, ...], str] | None = None) -> None:
        self._nvml = nvml
        self.usable, self.driver = gpus or list_gpus()
        self._lock = threading.Lock()
        self._is_open = False

    def memory(self, uuid: str) -> GpuMemory | None:
        """None when the GPU does not tell."""
        try:
            info = self._nvml.nvmlDeviceGetMemoryInfo(self._handle(uuid))
        except pynvml.NVMLError:
            return None
        return GpuMemory(int(info.total), int(info.used))

    def users(self, uuid: str) -> tuple[GpuUser, ...]:
        """Who has memory there, by pid. In a container only those that can be seen from it."""
        found: dict[int, GpuUser] = {}
        with contextlib.suppress(pynvml.NVMLError):
            handle = self._handle(uuid)
            for kind in ("Compute", "Graphics"):
                for process in self._running(kind, handle):
                    found.setdefault(process.pid, self._user(process))
        return tuple(found[pid] for pid in sorted(found))

    def counters(self, uuid: str) -> GpuCounters:
        """What the GPU does now."""
        began_s = thread_cpu_s()
        try:
            handle = self._handle(uuid)
            processes = self._memory_by_process(handle)
            told = read_counters(self._nvml, handle, processes, is_slice=is_slice(uuid))
        except pynvml.NVMLError as error:
            told = GpuCounters(problem=str(error))
        return replace(told, cost_s=thread_cpu_s() - began_s)

    def close(self) -> None:
        """Let go of NVML; it opens again when asked."""
        with self._lock:
            if self._is_open:
                self._is_open = False
                with contextlib.suppress(pynvml.NVMLError):
                    self._nvml.nvmlShutdown()

    def _handle(self, uuid: str) -> Any:
        with self._lock:
            if not self._is_open:
                self._nvml.nvmlInit()
                self._is_open = True
        return self._nvml.nvmlDeviceGetHandleByUUID(uuid)

    def _memory_by_process(self, handle: Any) -> dict[int, int | None]:
        found: dict[int, int | None] = {}
        for kind in ("Compute", "Graphics"):
            for process in self._running(kind, handle):
                used = process.usedGpuMemory
                found.setdefault(int(process.pid), None if used is None else int(used))
        return found

    def _running(self, kind: str, handle: Any) -> list[Any]:
        for version in LISTINGS:
            with contextlib.suppress(pynvml.NVMLError):
                return list(
                    getattr(self._nvml, f"nvmlDeviceGet{kind}RunningProcesses{version}")(handle)
                )
        return []

    def _user(self, process: Any) -> GpuUser:
        name = ""
        with contextlib.suppress(pynvml.NVMLError, UnicodeDecodeError):
            # The program alone: arguments may hold what is nobody's business.
            words = str(self._nvml.nvmlSystemGetProcessName(process.pid)).split()
            name = PurePath(words[0]).name if words else ""
        used = process.usedGpuMemory
        return GpuUser(int(process.pid), name, None if used is None else int(used))
