"""The scheduler with machines made of numbers and a clock that jumps: no process, no waiting."""

import heapq
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count

from tests.build import answer
from vlmhb.domain.answer import FailedAnswer
from vlmhb.domain.run import Request
from vlmhb.schedule import commands, events
from vlmhb.schedule.at_once import USUAL, AtOnce
from vlmhb.schedule.slots import NO_GPU, Need, Slot
from vlmhb.schedule.state import Scheduler


@dataclass(frozen=True, slots=True)
class Model:
    """What a model takes on a slot of speed 1."""

    requests: Sequence[Request]
    load_s: float = 60.0
    answer_s: float = 1.0
    """Of one of the requests that are answered side by side."""
    window: int = 8
    beside: int = 1
    """So many requests of its window are answered at once, each as fast as alone."""
    need: Need = NO_GPU
    env: str = "env"
    env_s: float = 0.0
    weights_s: float = 0.0


@dataclass(slots=True)
class Machine:
    """What may go wrong on it. A slot's speed is 1 unless `speeds` says otherwise."""

    slots: Sequence[Slot]
    speeds: Mapping[str, float] = field(default_factory=dict)
    at_once: AtOnce = USUAL
    mean_life_s: float = float("inf")
    """Of a worker that something from outside kills."""
    lost_at_s: Mapping[str, float] = field(default_factory=dict)
    """Slots that go away."""
    joined_at_s: Mapping[Slot, float] = field(default_factory=dict)
    poison: frozenset[str] = frozenset()
    """Requests that kill their worker."""
    bad_starts: float = 0.0
    """The share of starts that come to nothing, for whatever reason."""
    bad_loads: float = 0.0
    """The share of loads that do."""
    ready_order: Sequence[str] = ()
    """In which models are made ready, where that is not the order of the run."""
    chance: random.Random = field(default_factory=lambda: random.Random(0))


@dataclass(slots=True)
class Played:
    """How a run went."""

    makespan_s: float = 0.0
    loads: Counter[str] = field(default_factory=Counter)
    """Workers that were loaded, by model."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """Outcomes, by request id."""
    failed: set[str] = field(default_factory=set)
    given_up: dict[str, str] = field(default_factory=dict)
    answering_s: dict[str, float] = field(default_factory=dict)
    """By slot: how long a worker there was answering."""
    most_outstanding: int = 0
    most_ahead: int = 0
    """Models whose weights were asked for, beyond those that free slots waited for."""
    scheduler_s: float = 0.0
    """Of real time that the scheduler took."""
    sent_to: dict[str, list[str]] = field(default_factory=dict)
    """Request ids by worker."""


@dataclass(slots=True)
class _Running:
    """A worker."""

    worker: str
    model: str
    slots: tuple[str, ...]
    speed: float
    queue: list[str] = field(default_factory=list)
    busy: dict[str, float] = field(default_factory=dict)
    """What is being answered, since when."""
    is_loaded: bool = False
    is_stopping: bool = False


class Simulation:
    """Plays a run to its end."""

    def __init__(self, models: Mapping[str, Model], machine: Machine) -> None:
        self._models = models
        self._machine = machine
        self._scheduler = Scheduler(
            {name: model.requests for name, model in models.items()},
            {name: models[name].env for name in machine.ready_order or models},
            machine.slots,
            weighted=[name for name, model in models.items() if model.weights_s],
            at_once=machine.at_once,
        )
        self._running: dict[str, _Running] = {}
        self._due: list[tuple[float, int, Callable[[], events.Event | None]]] = []
        self._order = count()
        self._now_s = 0.0
        self._unused: set[str] = set()
        """Models whose weights were asked for, and that have not started."""
        self._built_s = self._fetched_s = 0.0
        """When the last env, and the last weights, will be there: one after the other."""
        self.played = Played()

    def play(self, stop_at_s: float | None = None) -> Played:
        """Until the scheduler says that it is over; `stop_at_s` is when somebody stops the run."""
        if stop_at_s is not None:
            self._at(stop_at_s, events.StopRequested)
        self._do(self._scheduler.start())
        for slot, at_s in self._machine.joined_at_s.items():
            self._at(at_s, partial(events.SlotJoined, slot))
        for name, at_s in self._machine.lost_at_s.items():
            self._at(at_s, partial(self._lose, name))
        while not self._scheduler.finished:
            at_s, _, happen = heapq.heappop(self._due)
            self._now_s = at_s
            event = happen()
            if event is not None:
                began_ns = time.perf_counter_ns()
                wanted = self._scheduler.handle(event, self._now_s)
                self.played.scheduler_s += (time.perf_counter_ns() - began_ns) / 1e9
                self._do(wanted)
        self.played.makespan_s = self._now_s
        return self.played

    def _at(self, at_s: float, happen: Callable[[], events.Event | None]) -> None:
        heapq.heappush(self._due, (at_s, next(self._order), happen))

    def _after(self, wait_s: float, happen: Callable[[], events.Event | None]) -> None:
        self._at(self._now_s + wait_s, happen)

    def _do(self, wanted: Sequence[commands.Command]) -> None:  # noqa: C901 - an arm per command
        for command in wanted:
            match command:
                case commands.BuildEnv(env):
                    self._build(env)
                case commands.FetchWeights(model):
                    self._fetch(model)
                case commands.StartWorker(model, worker, slots):
                    self._start(model, worker, slots)
                case commands.Send(worker, request):
                    self._send(self._running[worker], request.id)
                case commands.StopWorker(worker):
                    running = self._running[worker]
                    running.is_stopping = True
                    self._after(0.1, partial(self._end, running, by_itself=False))
                case commands.Record(_, outcome):
                    self.played.outcomes[outcome.request_id] += 1
                    if isinstance(outcome, FailedAnswer):
                        self.played.failed.add(outcome.request_id)
                case commands.GiveUp(model, reason):
                    self.played.given_up[model] = reason
                case commands.NoteTrouble():
                    pass
        taken = sum(len(one.slots) for one in self._running.values())
        ahead = len(self._unused) - (len(self._machine.slots) - taken)
        self.played.most_ahead = max(self.played.most_ahead, ahead)

    def _build(self, env: str) -> None:
        mine = {name: model for name, model in self._models.items() if model.env == env}
        needs = {name: model.need for name, model in mine.items()}
        self._built_s += max(model.env_s for model in mine.values())
        self._at(self._built_s, partial(events.EnvReady, env, needs))

    def _fetch(self, model: str) -> None:
        self._unused.add(model)
        self._fetched_s = max(self._fetched_s, self._now_s) + self._models[model].weights_s
        self._at(self._fetched_s, partial(events.WeightsReady, model))

    def _start(self, model: str, worker: str, slots: tuple[str, ...]) -> None:
        speed = min(self._machine.speeds.get(name, 1.0) for name in slots)
        taken = {name for one in self._running.values() for name in one.slots}
        assert not taken & set(slots), "a slot has two workers"
        self._unused.discard(model)
        self._running[worker] = running = _Running(worker, model, slots, speed)
        if self._is_bad(self._machine.bad_starts):
            self._after(0.0, partial(self._refuse, running))
            return
        self._after(self._models[model].load_s / speed, partial(self._load, running))
        if self._machine.mean_life_s != float("inf"):
            life_s = self._machine.chance.expovariate(1 / self._machine.mean_life_s)
            self._after(life_s, partial(self._end, running, by_itself=False))

    def _is_bad(self, share: float) -> bool:
        return share > 0 and self._machine.chance.random() < share

    def _refuse(self, running: _Running) -> events.Event:
        """The worker was not started, and is not there."""
        del self._running[running.worker]
        self._after(1.0, events.SlotsMayBeFree)
        worker, slot = running.worker, self._machine.chance.choice(running.slots)
        troubles: list[events.Event] = [
            events.SlotsBusy(worker, slot),
            events.SlotsBusy(worker),
            events.SlotRefused(worker, slot, "too full", for_now=True),
            events.SlotRefused(worker, slot, "too full"),
            events.WorkerGone(worker, "not started", by_itself=False),
        ]
        if any(one.model == running.model for one in self._running.values()):
            troubles.append(events.HostFull(worker))
        return self._machine.chance.choice(troubles)

    def _fail_to_load(self, running: _Running) -> events.Event | None:
        chance = self._machine.chance
        if chance.random() < 0.5:
            return self._end(running, by_itself=chance.random() < 0.5)
        self._after(0.1, partial(self._end, running, by_itself=False))
        running.is_stopping = True
        if chance.random() < 0.5:
            return events.WorkerSilent(running.worker)
        large = chance.random() < 0.5
        return events.LoadFailed(running.worker, "it cannot be loaded", out_of_memory=large)

    def _is_there(self, running: _Running) -> bool:
        return self._running.get(running.worker) is running

    def _load(self, running: _Running) -> events.Event | None:
        if not self._is_there(running) or running.is_stopping:
            return None
        if self._is_bad(self._machine.bad_loads):
            return self._fail_to_load(running)
        running.is_loaded = True
        self.played.loads[running.model] += 1
        return events.WorkerLoaded(running.worker, self._models[running.model].window)

    def _send(self, running: _Running, request: str) -> None:
        running.queue.append(request)
        self.played.sent_to.setdefault(running.worker, []).append(request)
        outstanding = len(running.queue) + len(running.busy)
        self.played.most_outstanding = max(self.played.most_outstanding, outstanding)
        self._work(running)

    def _work(self, running: _Running) -> None:
        model = self._models[running.model]
        while running.queue and len(running.busy) < model.beside:
            request = running.queue.pop(0)
            running.busy[request] = self._now_s
            took_s = model.answer_s / running.speed
            self._after(took_s, partial(self._answer, running, request))

    def _answer(self, running: _Running, request: str) -> events.Event | None:
        if not self._is_there(running) or request not in running.busy:
            return None
        took_s = self._now_s - running.busy.pop(request)
        for name in running.slots:
            share = took_s / self._models[running.model].beside
            self.played.answering_s[name] = self.played.answering_s.get(name, 0.0) + share
        if request in self._machine.poison:
            return self._end(running, by_itself=True)
        self._work(running)
        return events.WorkerAnswered(running.worker, answer(request))

    def _end(self, running: _Running, *, by_itself: bool) -> events.Event | None:
        if not self._is_there(running):
            return None
        del self._running[running.worker]
        return events.WorkerGone(running.worker, "it ended", by_itself=by_itself)

    def _lose(self, slot: str) -> events.Event:
        for running in tuple(self._running.values()):
            if slot in running.slots:
                self._after(0.0, partial(self._end, running, by_itself=False))
        return events.SlotLost(slot, "it fell off the bus")
