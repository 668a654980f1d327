"""One worker's time on a GPU: leased before its start, given back when its memory is free again."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from vlmhb.domain.gpu_figures import GpuFigures
from vlmhb.schedule.gpus.placement import is_back, not_back
from vlmhb.system.clock import monotonic_s
from vlmhb.system.gpu_counters import GpuCounters
from vlmhb.system.gpu_lease import GpuLease
from vlmhb.system.gpu_memory import GpuMemory, GpuUser
from vlmhb.system.gpus import Gpu

SAMPLE_S = 0.25
"""How often a GPU in use is looked at, for its peak."""
LOOK_S = 0.1
"""How often a GPU is looked at whose worker has ended."""


class Gpus(Protocol):
    """What tells about the GPUs, normally `NvmlGpus`. Called from several threads."""

    @property
    def usable(self) -> tuple[Gpu, ...]:
        """Those this process may use."""
        ...

    @property
    def driver(self) -> str:
        """The driver's version; empty without one."""
        ...

    def memory(self, uuid: str) -> GpuMemory | None:
        """How full that GPU is; None when it does not tell."""
        ...

    def users(self, uuid: str) -> tuple[GpuUser, ...]:
        """The processes with memory there, as far as they can be seen."""
        ...

    def counters(self, uuid: str) -> GpuCounters:
        """What that GPU does."""
        ...

    def close(self) -> None:
        """No more questions come."""
        ...


class GpuUse:
    """A GPU while one worker has it, watched by a thread of its own.

    The proof that the memory is back may take seconds, which does not keep the workers on other
    GPUs waiting. However the watch goes, its end is told.
    """

    def __init__(
        self,
        gpus: Gpus,
        gpu: Gpu,
        lease: GpuLease,
        before: GpuMemory | None,
        settle_s: float,
    ) -> None:
        self.gpu = gpu
        self.lease = lease
        self.before = before
        self.figures = GpuFigures(gpu.uuid, before.used_bytes if before else None)
        self.problem = ""
        """Why the GPU cannot be used again, once that is known."""
        self._gpus = gpus
        self._settle_s = settle_s
        self._ended = threading.Event()
        self._closed = threading.Event()
        self._on_back: Callable[[], None] = _nobody
        self._thread = threading.Thread(target=self._watch, name=f"GPU {gpu.uuid}", daemon=True)
        self._thread.start()

    @property
    def is_settling(self) -> bool:
        """Whether the worker is gone and its memory not back yet."""
        return self._ended.is_set()

    def note_loaded(self) -> None:
        """The worker has loaded its model."""
        now = self._gpus.memory(self.gpu.uuid)
        if now is not None:
            self.figures = replace(self.figures, loaded_bytes=now.used_bytes)

    def end(self, on_back: Callable[[], None]) -> None:
        """The worker is dead: `on_back` is called when its memory is back, or will not come."""
        self._on_back = on_back
        self._ended.set()

    def close(self) -> None:
        """Stop watching. The lease is free once the guard of the worker is gone, too."""
        self._closed.set()
        self._ended.set()
        self.lease.release()

    def _watch(self) -> None:
        try:
            self._settle(self._peak())
        finally:
            self._ended.wait()  # for a watch that broke while the worker lives
            if not self._closed.is_set():
                self.lease.release()
                self._on_back()

    def _peak(self) -> int:
        """The most memory in use until the worker's end; -1 when the GPU never told."""
        peak = -1
        while not self._ended.wait(SAMPLE_S):
            self.lease.refresh()
            now = self._gpus.memory(self.gpu.uuid)
            if now is not None:
                peak = max(peak, now.used_bytes)
        return peak

    def _settle(self, peak: int) -> None:
        deadline = monotonic_s() + self._settle_s
        now = self._gpus.memory(self.gpu.uuid)
        while not self._is_back(now) and monotonic_s() < deadline:
            if self._closed.wait(LOOK_S):
                return
            now = self._gpus.memory(self.gpu.uuid)
        loaded = -1 if self.figures.loaded_bytes is None else self.figures.loaded_bytes
        highest = max(peak, loaded)
        self.figures = replace(
            self.figures,
            peak_bytes=None if highest < 0 else highest,
            after_bytes=None if now is None else now.used_bytes,
        )
        if self.before is not None and not self._is_back(now):
            users = self._gpus.users(self.gpu.uuid)
            self.problem = not_back(self.gpu, self.before, now, users, self._settle_s)

    def _is_back(self, now: GpuMemory | None) -> bool:
        if self.before is None:  # nobody knows what there was to come back
            return True
        return now is not None and is_back(self.before, now)


def _nobody() -> None:
    pass
