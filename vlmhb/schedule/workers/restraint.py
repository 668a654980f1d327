"""Whether a worker takes more of its machine than it may, or soon will. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from vlmhb.domain.worker_limits import WorkerLimits

GIB = 1 << 30
RESERVE_BYTES = GIB
"""What a worker's scratch folder must leave free on its disk, once that folder is as large."""
WARM_ANSWERS = 16
"""Caches grow while the first answers are given, and again as many show what does not stop."""
GROWN_SHARE = 0.4
"""Of the limit: what another start must give back to be worth it."""
FULL_SHARE = 0.8
"""Of the limit: a worker that has grown so far is not waited for any longer."""
SOON_S = 60.0
"""One that will reach its limit within this is not waited for either."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a worker and everything below it take at one moment."""

    at_s: float
    """Since its start."""
    n_answers: int
    memory_bytes: int = 0
    """What processes share that were forked from each other counts in each."""
    processes: int = 1
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Excess:
    """Why a worker is ended."""

    reason: str
    of_memory: bool = False


class Restraint:
    """The limits of one worker, and how its memory grows."""

    def __init__(self, limits: WorkerLimits, ceiling_bytes: int) -> None:
        """`ceiling_bytes` is its limit of memory where the model file sets none."""
        self._limits = limits
        self._memory_bytes = int(limits.memory_gib * GIB) or ceiling_bytes
        self._is_own = limits.memory_gib > 0
        self._warm: Taken | None = None

    def excess(self, now: Taken, own_bytes: Callable[[], int]) -> Excess | None:
        """More processes, threads or memory than it may have.

        `own_bytes` is its memory with what several processes share counted once; it is asked only
        where that decides.
        """
        for count, limit, what in (
            (now.processes, self._limits.processes, "processes"),
            (now.threads, self._limits.threads, "threads"),
        ):
            if count > limit:
                return Excess(
                    f"it had {count:,} {what}, and may have {limit:,} (`limits.{what}` in the "
                    "model file)"
                )
        if now.memory_bytes <= self._memory_bytes or (own := own_bytes()) <= self._memory_bytes:
            return None
        whose = "`limits.memory_gib` in the model file" if self._is_own else "of what there is"
        return Excess(
            f"it had {_gib(own)} of memory, and may have {_gib(self._memory_bytes)} ({whose})",
            of_memory=True,
        )

    def scratch(self, size_bytes: int, free_bytes: int) -> Excess | None:
        """A scratch folder that is too large, or leaves too little of its disk."""
        limit_bytes = int(self._limits.scratch_gib * GIB)
        if size_bytes > limit_bytes:
            return Excess(
                f"its scratch folder held {_gib(size_bytes)}, and may hold {_gib(limit_bytes)} "
                "(`limits.scratch_gib` in the model file)"
            )
        if size_bytes > RESERVE_BYTES > free_bytes:
            return Excess(
                f"its scratch folder held {_gib(size_bytes)}, and left {_gib(free_bytes)} of the "
                "disk"
            )
        return None

    def leak(self, now: Taken, own_bytes: Callable[[], int]) -> str:
        """Why it should make room for another one between two answers; empty if it need not."""
        if now.n_answers < WARM_ANSWERS:
            return ""
        if self._warm is None:
            self._warm = replace(now, memory_bytes=own_bytes())
            return ""
        if now.n_answers < self._warm.n_answers + WARM_ANSWERS or not self._is_near(now):
            return ""
        own = replace(now, memory_bytes=own_bytes())
        if not self._is_near(own):
            return ""
        return (
            f"its memory grew from {_gib(self._warm.memory_bytes)} to {_gib(own.memory_bytes)} "
            f"over {own.n_answers - self._warm.n_answers:,} answers"
        )

    def _is_near(self, now: Taken) -> bool:
        """Whether it has grown much since it was warm, and will reach its limit soon."""
        warm = self._warm or now
        grown_bytes = now.memory_bytes - warm.memory_bytes
        if grown_bytes < GROWN_SHARE * self._memory_bytes:
            return False
        left_s = (self._memory_bytes - now.memory_bytes) * (now.at_s - warm.at_s) / grown_bytes
        return now.memory_bytes >= FULL_SHARE * self._memory_bytes or left_s <= SOON_S


def _gib(size_bytes: int) -> str:
    return f"{size_bytes / GIB:.2f} GiB"
