"""One worker under watch, from its start to its end."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

import psutil

from vlmhb.domain.answer import Answer, Outcome
from vlmhb.domain.run import Request
from vlmhb.domain.telemetry import WorkerTelemetry
from vlmhb.schedule.progress import Measured
from vlmhb.schedule.telemetry.duty import Duty
from vlmhb.schedule.telemetry.meter import Meter, Moment
from vlmhb.schedule.workers.monitor import Bounds, Monitor, Worry
from vlmhb.system.gpu_counters import GpuCounters
from vlmhb.system.process_tree import TreeUse, process_of, read_tree


@dataclass(frozen=True, slots=True)
class Started:
    """A worker that was just started."""

    model: str
    worker: str
    pid: int
    """Of its guard, above all its processes."""
    gpus: tuple[str, ...] = ()
    """UUIDs; empty for a worker without one."""
    began_s: float | None = None
    """Since the run began to ask."""
    build_s: float | None = None
    fetch_s: float | None = None
    bounds: Bounds | None = None
    """None for one that may take what it likes."""


class Watch:
    """A worker's figures as they grow. Every method may be called from any thread.

    Looking at its processes may be slow, and keeps nobody waiting.
    """

    def __init__(
        self,
        started: Started,
        number: int,
        clock: Callable[[], float],
        read: Callable[[psutil.Process], TreeUse | None] = read_tree,
    ) -> None:
        self.model = started.model
        self.name = started.worker
        self.gpus = started.gpus
        self._worker = WorkerTelemetry(
            model=started.model,
            segment=0,
            start=number,
            gpu=next(iter(started.gpus), ""),
            more_gpus=started.gpus[1:],
            began_s=started.began_s,
            build_s=started.build_s,
            fetch_s=started.fetch_s,
        )
        self._clock = clock
        self._read = read
        self._began_s = clock()
        self._root = process_of(started.pid)
        bounds = started.bounds
        self._monitor = None if bounds is None else Monitor(started.worker, started.pid, bounds)
        self._worry: Worry | None = None
        self._duty = Duty()
        self._meter = Meter()
        self._load_s: float | None = None
        self._lock = threading.Lock()
        self._looking = threading.Lock()
        """Taken before the other one, so that looks come one after another."""
        self._is_over = False

    def loaded(self, load_s: float) -> None:
        """Its model is loaded."""
        with self._lock:
            self._load_s = load_s

    def sent(self, request: Request) -> None:
        """It owes one more answer."""
        with self._lock:
            self._duty.sent(self._clock(), request.id, len(request.pages))

    def settled(self, outcome: Outcome) -> None:
        """It owes one less."""
        is_answered = isinstance(outcome, Answer)
        with self._lock:
            self._duty.settled(self._clock(), outcome.request_id, is_answered=is_answered)

    def look(self, gpu: GpuCounters | None = None) -> Measured | None:
        """What it takes now, with what its cards just told.

        None when it is over, or when somebody looks already.
        """
        if not self._looking.acquire(blocking=False):
            return None
        try:
            root = self._root
            tree = None if root is None else self._read(root)
            with self._lock:
                measured = None if self._is_over else self._measure(tree, gpu)
            if measured is not None and tree is not None and self._monitor is not None:
                totals = measured.worker.totals
                worry = self._monitor.see(totals.alive_s, totals.n_answers, tree)
                self._worry = self._worry or worry
            return measured
        finally:
            self._looking.release()

    def take_worry(self) -> Worry | None:
        """What the last look showed that must not go on; once."""
        worry, self._worry = self._worry, None
        return worry

    def end(self) -> Measured:
        """It is gone: all that was seen of it."""
        with self._lock:
            self._duty.end(self._clock())
            self._is_over = True
            self._root = None
            return replace(self._measure(None, None), is_last=True)

    def give_up_gpu(self, problem: str) -> bool:
        """Its cards are not asked any more; whether this is news."""
        with self._lock:
            is_new = not self._meter.gpu_problem
            self._meter.gpu_problem = self._meter.gpu_problem or problem
            self.gpus = ()
            return is_new

    def _measure(self, tree: TreeUse | None, gpu: GpuCounters | None) -> Measured:
        now_s = self._clock()
        now = Moment(now_s - self._began_s, self._duty.seconds(now_s))
        reading = self._meter.see(now, tree, gpu)
        totals = replace(
            self._meter.totals(now),
            load_s=self._load_s,
            n_answers=self._duty.n_answers,
            n_pages=self._duty.n_pages,
        )
        worker = replace(self._worker, totals=totals, readings=(reading,))
        return Measured(worker, self.name)
