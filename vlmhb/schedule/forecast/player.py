"""Plays the scheduler with workers made of figures and a clock that jumps. Pure.

Nothing fails, all slots are as fast as each other, and a worker that is done is gone at once. Envs
are built one after the other, and so are weights fetched. A worker answers one request after the
other.
"""

import heapq
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from vlmhb.domain.answer import Answer
from vlmhb.domain.run import Request
from vlmhb.schedule import commands, events
from vlmhb.schedule.at_once import USUAL, AtOnce
from vlmhb.schedule.forecast.expected import Expected
from vlmhb.schedule.forecast.lumps import MOST_PLAYED, lumps_of
from vlmhb.schedule.forecast.step import Doing, Step
from vlmhb.schedule.slots import Slot
from vlmhb.schedule.state import Scheduler


@dataclass(frozen=True, slots=True)
class Played:
    """How a run went."""

    makespan_s: float
    steps: tuple[Step, ...]
    """By the time they began."""
    last: Step | None
    """What the end of the run waited for; None for a run of nothing."""


@dataclass(slots=True)
class _Running:
    """A worker."""

    loading: Step
    queue: deque[Request] = field(default_factory=deque)
    is_answering: bool = False


class Player:
    """Plays one run to its end."""

    def __init__(
        self,
        models: Sequence[Expected],
        slots: Sequence[Slot],
        at_once: AtOnce = USUAL,
        turns: Sequence[str] = (),
        most_played: int = MOST_PLAYED,
    ) -> None:
        """`turns` are the models in the order to make them ready; that of `models` without it."""
        self._models = {one.model: one for one in models}
        self._lumps = lumps_of(models, most_played)
        self._scheduler = Scheduler(
            {name: lumps.requests for name, lumps in self._lumps.items()},
            {name: self._models[name].env for name in turns or self._models},
            slots,
            weighted=[one.model for one in models if one.fetch_s != 0],
            at_once=at_once,
        )
        self._running: dict[str, _Running] = {}
        self._due: list[tuple[float, int, events.Event, Step | None]] = []
        self._order = count()
        self._now_s = 0.0
        self._cause: Step | None = None
        """What everything that begins now waited for."""
        self._built: Step | None = None
        self._fetched: Step | None = None
        """The last of those that come one after the other."""
        self._steps: list[Step] = []

    def play(self) -> Played:
        """Until the scheduler says that it is over."""
        self._do(self._scheduler.start())
        while not self._scheduler.finished:
            self._now_s, _, event, self._cause = heapq.heappop(self._due)
            if self._takes_place(event):
                self._do(self._scheduler.handle(event, self._now_s))
        steps = sorted(self._steps, key=lambda step: step.began_s)
        return Played(self._now_s, tuple(steps), self._cause)

    def _takes_place(self, event: events.Event) -> bool:
        """Carry out what the event is for a worker; False where that is gone meanwhile."""
        match event:
            case events.WorkerLoaded(worker):
                running = self._running.get(worker)  # may be a later one of the same name
                return running is not None and running.loading is self._cause
            case events.WorkerAnswered(worker):
                self._running[worker].is_answering = False
                self._answer(worker)
            case events.WorkerGone(worker):
                del self._running[worker]
            case _:
                pass
        return True

    def _do(self, wanted: Sequence[commands.Command]) -> None:
        for command in wanted:
            match command:
                case commands.BuildEnv(env):
                    self._build(env)
                case commands.FetchWeights(model):
                    self._fetch(model)
                case commands.StartWorker(model, worker, slots):
                    self._load(model, worker, slots)
                case commands.Send(worker, request):
                    self._running[worker].queue.append(request)
                    self._answer(worker)
                case commands.StopWorker(worker):
                    self._stop(worker)
                case _:
                    pass  # what is kept or given up takes no time

    def _build(self, env: str) -> None:
        mine = [one for one in self._models.values() if one.env == env]
        needs = {one.model: one.need for one in mine}
        seconds = next((one.build_s for one in mine if one.build_s is not None), 0.0)
        self._built = self._step(Doing.BUILD, env, seconds, self._built)
        self._at_end_of(self._built, events.EnvReady(env, needs))

    def _fetch(self, model: str) -> None:
        seconds = self._models[model].fetch_s or 0.0
        after = later_of(self._fetched, self._cause)
        self._fetched = self._step(Doing.FETCH, model, seconds, after)
        self._at_end_of(self._fetched, events.WeightsReady(model))

    def _load(self, model: str, worker: str, slots: tuple[str, ...]) -> None:
        seconds = self._models[model].load_s or 0.0
        step = self._step(Doing.LOAD, model, seconds, self._cause)
        step.worker, step.slots = worker, slots
        self._running[worker] = _Running(step)
        self._at_end_of(step, events.WorkerLoaded(worker, self._lumps[model].window))

    def _answer(self, worker: str) -> None:
        """The next of its requests, unless it is busy or has none."""
        running = self._running[worker]
        if running.is_answering or not running.queue:
            return
        running.is_answering = True
        request, loading = running.queue.popleft(), running.loading
        lumps = self._lumps[loading.name]
        step = self._step(Doing.ANSWER, loading.name, lumps.took_s, self._cause)
        step.worker, step.slots, step.requests = worker, loading.slots, lumps.each
        self._at_end_of(step, events.WorkerAnswered(worker, Answer(request.id, "")))

    def _stop(self, worker: str) -> None:
        loading = self._running[worker].loading
        loading.ended_s = min(loading.ended_s, self._now_s)
        gone = events.WorkerGone(worker, "", by_itself=False)
        heapq.heappush(self._due, (self._now_s, next(self._order), gone, self._cause))

    def _step(self, doing: Doing, name: str, seconds: float, after: Step | None) -> Step:
        began_s = after.ended_s if after else 0.0
        step = Step(doing, name, began_s, began_s + seconds, after)
        self._steps.append(step)
        return step

    def _at_end_of(self, step: Step, event: events.Event) -> None:
        heapq.heappush(self._due, (step.ended_s, next(self._order), event, step))


def later_of(one: Step | None, other: Step | None) -> Step | None:
    """The one that ended last; None when there is neither."""
    ended = [step for step in (one, other) if step is not None]
    return max(ended, key=lambda step: step.ended_s, default=None)
