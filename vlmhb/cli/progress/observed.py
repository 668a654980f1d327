"""What is known of a run while it goes on. Knows no clock and no terminal."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from vlmhb.cli.progress.pace import Pace
from vlmhb.cli.progress.transfer import Transfer
from vlmhb.domain.answer import FailedAnswer
from vlmhb.domain.data_step import DataStep
from vlmhb.domain.envspec import Env
from vlmhb.domain.telemetry import WorkerTelemetry
from vlmhb.schedule import progress as steps


class Phase(Enum):
    """Where a model is on its way."""

    WAITING = "waiting"
    LOADING = "loading"
    ANSWERING = "answering"
    DONE = "done"
    UNAVAILABLE = "unavailable"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self in {Phase.DONE, Phase.UNAVAILABLE}


@dataclass(slots=True)
class ModelProgress:
    """One model of a run."""

    name: str
    total: int
    done: int
    """Requests with an outcome, also those of earlier starts of the run."""
    phase: Phase = Phase.WAITING
    env: str = ""
    """The one it waits for; empty when that is ready."""
    what: str = ""
    """More about the phase, e.g. what loads, or why it is unavailable."""
    weights: Transfer | None = None
    """Those that are being fetched."""
    failed: int = 0
    retried: int = 0
    lost: int = 0
    """Workers that ended before their time."""
    workers: dict[str, int | None] = field(default_factory=dict)
    """Those that are loaded, each with what its GPUs held when somebody looked last; None when
    nobody did."""
    pace: Pace | None = None
    """Of its answers, from the moment that it was loaded first."""

    @property
    def left(self) -> int:
        """Requests without an outcome."""
        return self.total - self.done

    def left_s(self, now_s: float) -> float | None:
        """Seconds until its last answer; None when nobody can tell."""
        if self.phase.is_over:
            return 0.0
        return None if self.pace is None else self.pace.left_s(self.left, now_s)

    @property
    def vram_bytes(self) -> int | None:
        """Of all its workers; None while one of them does not tell."""
        told = list(self.workers.values())
        known = [size for size in told if size is not None]
        return sum(known) if known and len(known) == len(told) else None

    def become(self, phase: Phase, what: str = "") -> None:
        """Nothing of the phase before goes on."""
        self.phase, self.what, self.weights = phase, what, None
        if phase.is_over:
            self.workers.clear()

    def start(self) -> None:
        """One of its workers was started."""
        if not self.workers:
            self.become(Phase.LOADING)

    def load(self, step: steps.ModelLoaded, now_s: float) -> None:
        """A worker takes requests, maybe not the first."""
        if self.phase.is_over:
            return  # too late: it is being ended
        self.become(Phase.ANSWERING)
        of_all = [gpu.loaded_bytes for gpu in (step.gpu, *step.more_gpus) if gpu is not None]
        known = [size for size in of_all if size is not None]
        self.workers[step.worker] = sum(known) if known and known == of_all else None
        self.pace = self.pace or Pace(now_s, self.done)

    def measure(self, worker: str, vram_bytes: int | None) -> None:
        """So much its GPUs hold."""
        if worker in self.workers:
            self.workers[worker] = vram_bytes

    def leave(self, worker: str) -> None:
        """That one is gone, and the others go on."""
        self.workers.pop(worker, None)

    def lose(self, worker: str) -> None:
        """That one is gone, and another one will be started."""
        self.leave(worker)
        if not self.workers:
            self.become(Phase.WAITING, "starting another worker")
        self.lost += 1


@dataclass(frozen=True, slots=True)
class Remaining:
    """When a run will be over."""

    seconds: float
    is_least: bool
    """Whether models are left of which nobody can tell yet."""


class Observed:
    """A run: what its models do, and what they have in common."""

    def __init__(self, left: Mapping[str, int], done: Mapping[str, int], now_s: float) -> None:
        self.began_s = now_s
        self.models = {
            name: ModelProgress(
                name,
                total=done.get(name, 0) + left.get(name, 0),
                done=done.get(name, 0),
                phase=Phase.WAITING if left.get(name) else Phase.DONE,
            )
            for name in dict.fromkeys([*left, *done])
        }
        self._before = sum(done.values())
        self._building: dict[str, str] = {}
        """Env -> what its build does."""

    @property
    def done(self) -> int:
        """Requests with an outcome."""
        return sum(model.done for model in self.models.values())

    @property
    def total(self) -> int:
        """Requests."""
        return sum(model.total for model in self.models.values())

    @property
    def failed(self) -> int:
        """Requests that failed in this start."""
        return sum(model.failed for model in self.models.values())

    @property
    def answered_now(self) -> int:
        """Requests that got their outcome in this start."""
        return self.done - self._before

    def remaining(self, now_s: float) -> Remaining | None:
        """When the run will be over, as far as its models tell; None when none does.

        They may run beside each other: the slowest of them is what is waited for.
        """
        left = [model.left_s(now_s) for model in self.models.values() if not model.phase.is_over]
        told = [seconds for seconds in left if seconds is not None]
        return Remaining(max(told), len(told) < len(left)) if told else None

    def preparing(self, model: ModelProgress) -> str:
        """What is done for a model that waits."""
        line = self._building.get(model.env)
        if line is not None:
            return f"building env: {line}" if line else "building env"
        if model.what:
            return model.what
        return "waiting for its env" if model.env else "waiting for its turn"

    def see(self, step: steps.Progress, now_s: float) -> None:
        """Note one thing that happened."""
        match step:
            case steps.Queued(name, env):
                self.models[name].env = env
            case steps.EnvStep(env, line):
                self._building[env] = line
            case steps.EnvBuilt(env):
                self._end_build(env)
            case steps.WeightsStep(name):
                self._fetch(step, self.models[name], now_s)
            case steps.Answered(name):
                self._count(step, self.models[name], now_s)
            case steps.ModelLoaded(name):
                self.models[name].load(step, now_s)
            case other:
                self._move(other)

    def _move(self, step: steps.Progress) -> None:  # noqa: C901 - an arm per step
        match step:
            case steps.WeightsFetched(name):
                self.models[name].weights = None
            case steps.GpuAwaited(name):
                self.models[name].what = "waiting for a GPU"
            case steps.ModelStarting(name):
                self.models[name].start()
            case steps.LoadStep(name, _, stage, done, total):
                self.models[name].what = load_text(stage, done, total)
            case steps.Measured(worker=measured, name=name):
                self.models[measured.model].measure(name, vram_of(measured))
            case steps.GpuUnread(name, _, worker):
                self.models[name].measure(worker, None)
            case steps.WorkerLost(name, worker):
                self.models[name].lose(worker)
            case steps.WorkerLeft(name, worker, reason):
                self.models[name].leave(worker)
                self.models[name].lost += bool(reason)
            case steps.GaveUp(name, reason):
                self.models[name].become(Phase.UNAVAILABLE, reason)
            case _:
                pass  # it changes nothing that is shown

    def _end_build(self, env: Env) -> None:
        self._building.pop(env.name, None)
        for model in self._waiting_for(env.name):
            model.env = ""

    def _waiting_for(self, env: str) -> Iterator[ModelProgress]:
        return (model for model in self.models.values() if model.env == env)

    def _fetch(self, step: steps.WeightsStep, model: ModelProgress, now_s: float) -> None:
        model.weights = model.weights or Transfer()
        model.weights.see(as_data(step), now_s)

    def _count(self, step: steps.Answered, model: ModelProgress, now_s: float) -> None:
        model.done += 1
        model.failed += isinstance(step.outcome, FailedAnswer)
        model.retried += step.outcome.attempt > 1
        if model.pace is not None:
            model.pace.reach(model.done, now_s)
        if not model.left:
            model.become(Phase.DONE)


def vram_of(worker: WorkerTelemetry) -> int | None:
    """The memory in use on its GPU by its newest reading; None when that was not measured."""
    return worker.readings[-1].vram_bytes if worker.readings else None


def as_data(step: steps.WeightsStep) -> DataStep:
    """The same as of a dataset."""
    return DataStep(step.stage, step.done_bytes, step.total_bytes)


def load_text(stage: str, done: int, total: int) -> str:
    """`weights 3/12`; the stage alone where nothing is counted."""
    return f"{stage} {done}/{total}" if total else stage
