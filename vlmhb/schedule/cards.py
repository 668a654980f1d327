"""One worker's time on a GPU: leased before its start, given back when its memory is free again."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from vlmhb.domain.gpu_use import GpuUse
from vlmhb.schedule.placement import is_back, not_back
from vlmhb.system.clock import monotonic_s
from vlmhb.system.gpu_lease import GpuLease
from vlmhb.system.gpu_memory import GpuMemory, GpuUser
from vlmhb.system.gpus import Gpu

SAMPLE_S = 0.25
"""How often a card in use is looked at, for its peak."""
LOOK_S = 0.1
"""How often a card is looked at whose worker has ended."""


class Cards(Protocol):
    """What tells about the cards, normally `NvmlCards`. Called from several threads."""

    @property
    def gpus(self) -> tuple[Gpu, ...]:
        """Those this process may use."""
        ...

    @property
    def driver(self) -> str:
        """The driver's version; empty without one."""
        ...

    def memory(self, uuid: str) -> GpuMemory | None:
        """How full that card is; None when it does not tell."""
        ...

    def users(self, uuid: str) -> tuple[GpuUser, ...]:
        """The processes with memory there, as far as they can be seen."""
        ...

    def close(self) -> None:
        """No more questions come."""
        ...


class CardUse:
    """A card while one worker has it, watched by a thread of its own.

    The proof that the memory is back may take seconds and the driver may hang: neither keeps the
    workers on other cards waiting.
    """

    def __init__(
        self,
        cards: Cards,
        gpu: Gpu,
        lease: GpuLease,
        before: GpuMemory | None,
        settle_s: float,
    ) -> None:
        self.gpu = gpu
        self.lease = lease
        self.before = before
        self.use = GpuUse(gpu.uuid, before.used_bytes if before else None)
        self.problem = ""
        """Why the card cannot be used again, once that is known."""
        self._cards = cards
        self._settle_s = settle_s
        self._ended = threading.Event()
        self._closed = threading.Event()
        self._on_back: Callable[[], None] = _nobody
        self._thread = threading.Thread(target=self._watch, name=f"card {gpu.uuid}", daemon=True)
        self._thread.start()

    @property
    def is_settling(self) -> bool:
        """Whether the worker is gone and its memory not back yet."""
        return self._ended.is_set()

    def note_loaded(self) -> None:
        """The worker has loaded its model."""
        now = self._cards.memory(self.gpu.uuid)
        if now is not None:
            self.use = replace(self.use, loaded_bytes=now.used_bytes)

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
        peak = -1
        while not self._ended.wait(SAMPLE_S):
            now = self._cards.memory(self.gpu.uuid)
            if now is not None:
                peak = max(peak, now.used_bytes)
        self._settle(peak)
        if not self._closed.is_set():
            self.lease.release()
            self._on_back()

    def _settle(self, peak: int) -> None:
        deadline = monotonic_s() + self._settle_s
        now = self._cards.memory(self.gpu.uuid)
        while not self._is_back(now) and monotonic_s() < deadline:
            if self._closed.wait(LOOK_S):
                return
            now = self._cards.memory(self.gpu.uuid)
        loaded = -1 if self.use.loaded_bytes is None else self.use.loaded_bytes
        highest = max(peak, loaded)
        self.use = replace(
            self.use,
            peak_bytes=None if highest < 0 else highest,
            after_bytes=None if now is None else now.used_bytes,
        )
        if self.before is not None and not self._is_back(now):
            users = self._cards.users(self.gpu.uuid)
            self.problem = not_back(self.gpu, self.before, now, users, self._settle_s)

    def _is_back(self, now: GpuMemory | None) -> bool:
        if self.before is None:  # nobody knows what there was to come back
            return True
        return now is not None and is_back(self.before, now)


def _nobody() -> None:
    pass
