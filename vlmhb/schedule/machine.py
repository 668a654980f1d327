"""One machine's part of a run: its envs, weights, GPUs and workers."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, TypeAlias

from vlmhb.domain.answer import ErrorInfo, FailedAnswer, FailureReason, Outcome
from vlmhb.domain.gpu_figures import GpuFigures
from vlmhb.domain.run import Request, RunConfig
from vlmhb.errors import WorkerError
from vlmhb.schedule import commands, events, progress
from vlmhb.schedule.gpus.careful import CarefulGpus
from vlmhb.schedule.gpus.desk import Busy, Full, GpuDesk
from vlmhb.schedule.inbox import Item, Said
from vlmhb.schedule.progress import Progress
from vlmhb.schedule.supply.preparation import EnvDone, Preparation, WeightsDone
from vlmhb.schedule.supply.supplies import Supplies
from vlmhb.schedule.supply.weights import loaded_weights
from vlmhb.schedule.telemetry.sampler import Sampler
from vlmhb.schedule.telemetry.watch import Started
from vlmhb.schedule.workers.copies import no_room
from vlmhb.schedule.workers.crew import Crew
from vlmhb.schedule.workers.monitor import Bounds, Worry
from vlmhb.schedule.workers.reasons import LOOSER, is_gpu_full, load_reason, looks_denied
from vlmhb.schedule.workers.starts import Place, Refused, Starts
from vlmhb.system.clock import AttentiveClock
from vlmhb.system.memory import memory_ceiling_bytes
from vlmhb.system.mounts import read_mounts
from vlmhb.worker import Worker, WorkerEvent
from vlmhb.worker import events as said

DRAIN_GRACE_S = 5.0
"""How long answers on their way are waited for after the first signal."""
END_GRACE_S = 15.0
"""How long a worker that is done may take to put away its engine."""
MEMORY_SHARE = 0.95
"""Of what there is: the most for a worker whose model file sets no limit. The host needs some."""

Told: TypeAlias = Progress | events.Event
"""What happens: for whoever watches the run, or for the scheduler."""


class Wishes(Protocol):
    """What the scheduler still has to do."""

    @property
    def may_try_again(self) -> bool:
        """Whether there are slots that `SlotsMayBeFree` would bring back."""
        ...

    @property
    def next_model(self) -> str | None:
        """The one that gets slots as soon as there are some; None when none is ready for them."""
        ...

    def is_left(self, model: str) -> bool:
        """Whether there are requests of the model to send."""
        ...


class Machine:
    """Carries out commands, and tells what comes of them and of what workers do. For one thread.

    What it returns is to be taken one by one: each event is to be handled before the next is asked
    for.
    """

    def __init__(
        self,
        config: RunConfig,
        supplies: Supplies,
        run_folder: Path,
        tell: Callable[[Item], None],
    ) -> None:
        """`tell` takes from any thread what `see` is to be called with; logs go to `run_folder`."""
        self._models = {model.name: model for model in config.models}
        self._tell = tell
        self._ready = Preparation(config, supplies, tell)
        self._gpus = {gpu.uuid for gpu in supplies.gpus.usable}
        self._desk = GpuDesk(supplies.gpus, supplies.rules, self._on_gpu_back)
        # Asking for figures and waiting for memory do not take each other's silence for an answer.
        asked = CarefulGpus(supplies.gpus, supplies.rules.answer_s)
        self._telemetry = Sampler(asked.counters, tell, supplies.look_s)
        self._starts = Starts(config, supplies, self._ready, self._desk, run_folder)
        self._crew = Crew(AttentiveClock())
        self._memory_bytes = int(MEMORY_SHARE * memory_ceiling_bytes(read_mounts()))
        self._stopped = False
        self._may_read_ahead = False
        """Something happened since it was looked for what is to be read."""
        self._hinted: set[str] = set()
        self._crowded: set[str] = set()
        """Models of which it was said that the host has no memory for another worker."""

    @property
    def is_settling(self) -> bool:
        """Whether the figures of a GPU that was in use are still to come."""
        return self._desk.is_settling

    def wait_s(self, longest_s: float) -> float:
        """How long nothing has to be looked after, at most `longest_s`."""
        return self._crew.wait_s(longest_s)

    def stop(self) -> None:
        """Prepare nothing more, and let answers arrive that are on their way."""
        self._stopped = True
        self._ready.cancel()
        self._crew.end_all(DRAIN_GRACE_S)

    def kill_all(self) -> None:
        """End all workers now."""
        self._crew.kill_all()

    def close(self) -> None:
        """Leave no worker, no build, no fetch and no lease behind."""
        self._telemetry.close()
        self._crew.close()
        self._ready.close()
        self._desk.close()

    def do(self, command: commands.Command) -> Iterator[Told]:
        """Carry out a command that is for a machine; others are for who keeps the answers."""
        match command:
            case commands.BuildEnv(env):
                self._ready.build(env)
            case commands.FetchWeights(model):
                self._ready.fetch(model)
            case commands.StartWorker(model, worker, slots):
                gpus = tuple(name for name in slots if name in self._gpus)
                yield from self._start(Place(self._models[model], worker, gpus))
            case commands.Send(worker, request):
                yield from self._send(worker, request)
            case commands.StopWorker(worker):
                yield from self._stop_worker(worker)
            case commands.GiveUp(model):
                self._ready.drop(model)
                self._starts.give_up(model)
            case _:
                pass

    def see(self, item: Item) -> Iterator[Told]:
        """What something that was told means."""
        match item:
            case EnvDone() | WeightsDone() if self._stopped:
                pass  # it was stopped: that says nothing about the model
            case EnvDone():
                self._may_read_ahead = True
                yield from self._ready.take_env(item, self._desk.usable)
            case WeightsDone():
                self._may_read_ahead = True
                yield from self._ready.take_weights(item)
            case progress.GpuReturned(figures=figures):
                self._desk.put_back(figures.uuid)
                self._starts.try_soon()
                yield item
            case Worry():
                if self._crew.take(item) and not item.is_over:
                    yield events.ReplacementWanted(item.worker)
            case Said(worker, what):
                yield from self._hear(worker, what)
            case step:
                yield step

    def look_after(self, wishes: Wishes) -> Iterator[Told]:
        """End workers that are late, and start those whose GPUs may be free now."""
        for worker in self._crew.end_late():
            yield events.WorkerSilent(worker)
        self._read_ahead(wishes)
        if not self._starts.is_time(may_try_again=wishes.may_try_again):
            return
        for place in self._starts.kept():
            yield from self._start(place)
        yield events.SlotsMayBeFree()
        for model, reason in self._starts.news(
            # Of one that has no worker at all: for others it is no more than one more.
            lambda model: wishes.is_left(model) and not self._crew.pids_of(model)
        ):
            yield progress.GpuAwaited(model, reason)

    def _read_ahead(self, wishes: Wishes) -> None:
        """Read what the next model is going to load, once the disk has nothing else to do."""
        if self._may_read_ahead and self._crew.answers:
            self._may_read_ahead = False
            if model := wishes.next_model:
                self._ready.read_ahead(self._models[model])

    def _on_gpu_back(self, model: str, figures: GpuFigures, problem: str) -> None:
        self._tell(progress.GpuReturned(model, figures, problem))

    def _hear(self, worker: str, event: WorkerEvent) -> Iterator[Told]:
        model = self._crew.model(worker)
        match event:
            case said.Hello():
                yield from self._load(worker)
            case said.LoadProgress(stage, done, total):
                yield progress.LoadStep(model.name, worker, stage, done, total)
            case said.Loaded():
                self._crew.loaded(worker)
                self._may_read_ahead = True
                self._telemetry.loaded(worker, event.load_s)
                yield self._loaded(worker, event)
                yield events.WorkerLoaded(worker, event.window)
            case said.LoadFailed(error):
                self._crew.load_failed(worker, error)
                reason = load_reason(model, error, walled=self._is_walled(model.name))
                yield events.LoadFailed(worker, reason, is_gpu_full(error))
            case said.Answered(outcome):
                self._crew.settled(worker)
                self._telemetry.settled(worker, outcome)
                yield from self._hint(model.name, outcome)
                yield events.WorkerAnswered(worker, outcome)
            case said.Died(death):
                yield from self._lose(worker, death)
                return
            case said.Logged():
                return  # talking is no progress
        self._crew.expect(worker)

    def _load(self, worker: str) -> Iterator[Told]:
        try:
            self._crew.load(worker, self._ready.order(self._crew.model(worker)))
        except WorkerError as error:
            self._crew.load_failed(worker, _as_info(error))
            yield events.LoadFailed(worker, str(error))

    def _loaded(self, worker: str, event: said.Loaded) -> progress.ModelLoaded:
        model = self._crew.model(worker)
        weights = self._ready.weights.get(model.name)
        gpus = self._desk.note_loaded(worker)
        return progress.ModelLoaded(
            model=model.name,
            worker=worker,
            load_s=event.load_s,
            window=event.window,
            gpu_memory_bytes=event.gpu_memory_bytes,
            facts=event.facts,
            env=self._ready.envs[model.env].fingerprint,
            gpu=gpus[0] if gpus else None,
            more_gpus=gpus[1:],
            weights=None if weights is None else loaded_weights(weights),
            sandbox=self._starts.sandbox(model.name),
        )

    def _hint(self, model: str, outcome: Outcome) -> Iterator[Told]:
        """Say once of each model that its sandbox may be what makes requests fail."""
        if model in self._hinted or not isinstance(outcome, FailedAnswer):
            return
        if self._is_walled(model) and looks_denied(outcome.error):
            self._hinted.add(model)
            yield progress.Noted(f"{model}: {outcome.error.type} in a request; {LOOSER}")

    def _is_walled(self, model: str) -> bool:
        return self._starts.sandbox(model).level > 0

    def _lose(self, worker: str, death: said.Death) -> Iterator[Told]:
        model = self._crew.model(worker).name
        gone = self._crew.bury(worker, death, walled=self._is_walled(model))
        self._desk.end(worker)
        if measured := self._telemetry.gone(worker):
            yield measured
        if death.changed_weights:
            yield progress.WeightsChanged(model, death.changed_weights)
        yield gone

    def _send(self, worker: str, request: Request) -> Iterator[Told]:
        try:
            self._crew.send(worker, request)
        except WorkerError as error:
            failed = FailedAnswer(request.id, FailureReason.INPUT_ERROR, _as_info(error))
            yield events.WorkerAnswered(worker, failed)
            return
        self._telemetry.sent(worker, request)
        self._crew.expect(worker)

    def _start(self, place: Place) -> Iterator[Told]:
        """Start a worker, or leave it waiting for its GPUs."""
        model = place.model.name
        if reason := no_room(self._crew.pids_of(model)):
            if model not in self._crowded:
                self._crowded.add(model)
                yield progress.Noted(f"{model}: no further worker for now: {reason}")
            self._starts.cancel(place.worker)
            yield events.HostFull(place.worker)
            return
        started = self._starts.start(place, lambda event: self._tell(Said(place.worker, event)))
        match started:
            case Busy(is_short=True):
                pass  # it keeps its slots, and is tried again
            case Busy(uuid):
                yield events.SlotsBusy(place.worker, uuid)
            case Full(uuid, reason, for_now):
                yield events.SlotRefused(place.worker, uuid, reason, for_now)
            case Refused(reason):
                yield events.StartRefused(place.worker, reason)
            case worker:
                self._crew.add(place.worker, place.model, worker)
                self._watch(place, worker)
                yield progress.ModelStarting(place.model.name, place.worker)

    def _watch(self, place: Place, worker: Worker) -> None:
        model = place.model
        self._telemetry.started(
            Started(
                model=model.name,
                worker=place.worker,
                pid=worker.pid,
                gpus=self._desk.gpus_of(place.worker),
                build_s=self._ready.envs[model.env].build_s,
                fetch_s=self._ready.fetch_s(model.name),
                bounds=Bounds(model.limits, self._memory_bytes, worker.scratch),
            )
        )

    def _stop_worker(self, worker: str) -> Iterator[Told]:
        if self._starts.cancel(worker):  # it has slots, and was not started
            yield events.WorkerGone(worker, "not started", by_itself=False)
        elif self._crew.has(worker):  # else it was refused before it could be stopped
            self._telemetry.ending(worker)
            self._crew.end(worker, END_GRACE_S)


def _as_info(error: WorkerError) -> ErrorInfo:
    return ErrorInfo(type(error).__name__, str(error))
