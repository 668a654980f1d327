"""Looks after one worker: what it takes of its machine must not harm the others."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from vlmhb.domain.worker_limits import WorkerLimits
from vlmhb.schedule.workers.restraint import Excess, Restraint, Taken
from vlmhb.system.clock import thread_cpu_s
from vlmhb.system.folder_use import folder_use
from vlmhb.system.process_tree import TreeUse, own_bytes

SCRATCH_EVERY_S = 2.0
"""Looking at thousands of files takes longer than looking at processes."""
DEAR_SHARE = 0.0025
"""Of one core: what each kind of look may take that may be dear."""


@dataclass(frozen=True, slots=True)
class Worry:
    """A worker that must not go on as it does."""

    worker: str
    pid: int
    """Of its guard: the next worker of that name has another one."""
    reason: str
    is_over: bool
    """It is ended at once, else it may finish what it does."""
    of_memory: bool = False


@dataclass(frozen=True, slots=True)
class Bounds:
    """What holds for one worker."""

    limits: WorkerLimits
    memory_bytes: int
    """The most that it can have where `limits` set none."""
    scratch: Path


class Monitor:
    """One worker's limits, and what was said of them."""

    def __init__(
        self,
        worker: str,
        pid: int,
        bounds: Bounds,
        own: Callable[[Iterable[int]], int | None] = own_bytes,
        spent_s: Callable[[], float] = thread_cpu_s,
    ) -> None:
        """`own` and `spent_s` are those of this machine, but for tests."""
        self._worker = worker
        self._pid = pid
        self._scratch = bounds.scratch
        self._restraint = Restraint(bounds.limits, bounds.memory_bytes)
        self._read_own = own
        self._spent_s = spent_s
        self._own_bytes = 0
        self._own_due_s = 0.0
        self._scratch_due_s = 0.0
        self._is_over = False
        self._leaks = False

    def see(self, at_s: float, n_answers: int, tree: TreeUse) -> Worry | None:
        """What is wrong at `at_s` of its life; each thing is said once."""
        if self._is_over:
            return None
        now = Taken(at_s, n_answers, tree.anonymous_bytes, len(tree.pids), tree.threads)

        def own() -> int:
            return self._own(at_s, tree)

        excess = self._restraint.excess(now, own) or self._look_at_scratch(at_s)
        if excess is not None:
            self._is_over = True
            return Worry(
                self._worker, self._pid, excess.reason, is_over=True, of_memory=excess.of_memory
            )
        leak = "" if self._leaks else self._restraint.leak(now, own)
        if not leak:
            return None
        self._leaks = True
        return Worry(self._worker, self._pid, leak, is_over=False)

    def _own(self, at_s: float, tree: TreeUse) -> int:
        """As last told: of processes that share much, telling takes the kernel seconds."""
        if at_s >= self._own_due_s:
            before_s = self._spent_s()
            self._own_bytes = self._read_own(tree.pids) or 0
            self._own_due_s = at_s + (self._spent_s() - before_s) / DEAR_SHARE
        return self._own_bytes

    def _look_at_scratch(self, at_s: float) -> Excess | None:
        if at_s < self._scratch_due_s:
            return None
        before_s = self._spent_s()
        use = folder_use(self._scratch)
        pause_s = (self._spent_s() - before_s) / DEAR_SHARE
        self._scratch_due_s = at_s + max(SCRATCH_EVERY_S, pause_s)
        return None if use is None else self._restraint.scratch(use.size_bytes, use.free_bytes)
