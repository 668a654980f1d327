"""Looks at every worker of a run from one thread, seldom enough to cost nearly nothing."""

import contextlib
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from vlmhb.domain.answer import Outcome
from vlmhb.domain.run import Request
from vlmhb.schedule.progress import GpuUnread, Measured
from vlmhb.schedule.telemetry.watch import Started, Watch
from vlmhb.schedule.workers.monitor import Worry
from vlmhb.system.clock import monotonic_s, thread_cpu_s
from vlmhb.system.gpu_counters import GpuCounters, together

LOOK_S = 1.0
"""How often workers are looked at, where that is cheap."""
SHARE = 0.0025
"""Of one core: the most that looking may take. Where a look is dear, there are fewer."""
LONGEST_S = 60.0
"""How seldom a worker is looked at, however dear it is."""

CLOSE_S = 1.0
"""What a look under way may take at the end of a run."""

Told = Measured | GpuUnread | Worry


@dataclass(slots=True)
class Cost:
    """What looking has cost so far."""

    looks: int = 0
    cpu_s: float = 0.0


def pause_s(look_s: float, spent_s: float) -> float:
    """How long to look at nobody after a look that took `spent_s` CPU seconds."""
    return min(LONGEST_S, max(look_s, spent_s / SHARE))


class Sampler:
    """The workers that run, looked at in the background.

    Whatever goes wrong here ends the figures it concerns, and nothing else.
    """

    def __init__(
        self,
        counters: Callable[[str], GpuCounters],
        tell: Callable[[Told], None],
        look_s: float = LOOK_S,
    ) -> None:
        self._counters = counters
        """What the GPU of that UUID does now; it may take seconds."""
        self._tell = tell
        """Called from another thread."""
        self._look_s = look_s
        self._began_s = monotonic_s()
        self.cost = Cost()
        self._watches: dict[str, Watch] = {}
        """By worker."""
        self._numbers: dict[str, int] = {}
        """By model: how many of its workers were started."""
        self._asked: queue.SimpleQueue[str] = queue.SimpleQueue()
        """Workers to be looked at before their time: with hundreds of restarts,
        looking at everybody for one of them would cost far more than looking may."""
        self._soon = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None

    def started(self, started: Started) -> None:
        """Watch it from now on."""
        number = self._numbers.get(started.model, 0)
        self._numbers[started.model] = number + 1
        started = replace(started, began_s=monotonic_s() - self._began_s)
        self._watches[started.worker] = Watch(started, number, monotonic_s)
        self._ensure_thread()
        self._ask_for(started.worker)

    def loaded(self, worker: str, load_s: float) -> None:
        """Its model is loaded: what follows is answering."""
        if worker in self._watches:
            self._watches[worker].loaded(load_s)
            self._ask_for(worker)

    def sent(self, worker: str, request: Request) -> None:
        """It owes one more answer."""
        if worker in self._watches:
            self._watches[worker].sent(request)

    def settled(self, worker: str, outcome: Outcome) -> None:
        """It owes one less."""
        if worker in self._watches:
            self._watches[worker].settled(outcome)

    def ending(self, worker: str) -> None:
        """It is about to be ended: the last moment to look at it."""
        watch = self._watches.get(worker)
        if watch is None:
            return
        measured = watch.look()
        if measured is not None:
            self._tell(measured)
        self._ask_for(worker)

    def gone(self, worker: str) -> Measured | None:
        """All that was seen of a worker that is dead; None when it was never watched."""
        watch = self._watches.pop(worker, None)
        return None if watch is None else watch.end()

    def close(self) -> None:
        """Look at nobody any more. A GPU that hangs is not waited for."""
        self._closed = True
        self._soon.set()
        if self._thread is not None:
            self._thread.join(CLOSE_S)

    def _ensure_thread(self) -> None:
        if self._thread is not None:
            return
        thread = threading.Thread(target=self._run, name="telemetry", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # how Python says that there are no more threads
            return
        self._thread = thread

    def _ask_for(self, worker: str) -> None:
        self._asked.put(worker)
        self._soon.set()

    def _run(self) -> None:
        due_s = monotonic_s()
        while not self._closed:
            self._soon.wait(max(0.0, due_s - monotonic_s()))
            self._soon.clear()
            asked = self._take_asked()
            is_due = monotonic_s() >= due_s
            began_s = thread_cpu_s()
            told_s = sum(map(self._look, tuple(self._watches.values()) if is_due else asked))
            spent_s = thread_cpu_s() - began_s + told_s
            self.cost.looks += 1
            self.cost.cpu_s += spent_s
            now_s = monotonic_s()
            if is_due:
                due_s = now_s + pause_s(self._look_s, spent_s)
            elif asked:  # what this cost is saved later
                due_s = max(due_s, min(due_s + spent_s / SHARE, now_s + LONGEST_S))

    def _take_asked(self) -> tuple[Watch, ...]:
        names: dict[str, None] = {}
        with contextlib.suppress(queue.Empty):
            while True:
                names[self._asked.get_nowait()] = None
        found = (self._watches.get(name) for name in names)
        return tuple(watch for watch in found if watch is not None)

    def _look(self, watch: Watch) -> float:
        """The CPU seconds that its GPUs took to answer."""
        told = [self._counters_of(uuid) for uuid in watch.gpus]
        gpu = together(told) if told else None
        if gpu is not None and gpu.problem and watch.give_up_gpu(gpu.problem):
            self._tell(GpuUnread(watch.model, gpu.problem, watch.name))
        measured = watch.look(gpu)
        if measured is not None and not self._closed:
            self._tell(measured)
            if worry := watch.take_worry():
                self._tell(worry)
        return 0.0 if gpu is None else gpu.cost_s

    def _counters_of(self, uuid: str) -> GpuCounters:
        try:
            return self._counters(uuid)
        except RuntimeError as error:  # how Python says that there are no more threads
            return GpuCounters(problem=str(error))
