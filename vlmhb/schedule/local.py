"""Carries out the scheduler's commands on this machine."""

from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path

from vlmhb.domain.answer import ErrorInfo, FailedAnswer, FailureReason, Outcome
from vlmhb.domain.gpu_figures import GpuFigures
from vlmhb.domain.run import Request, RunConfig
from vlmhb.errors import WorkerError
from vlmhb.schedule import commands, events, progress
from vlmhb.schedule.gpus.careful import CarefulGpus
from vlmhb.schedule.gpus.desk import Busy, Full, GpuDesk
from vlmhb.schedule.inbox import Inbox, Item, Said, Signal
from vlmhb.schedule.progress import Progress
from vlmhb.schedule.slots import Slot, cpu_slots
from vlmhb.schedule.standing import Standing
from vlmhb.schedule.state import NOTHING_TOLD, Scheduler
from vlmhb.schedule.supply.availability import unavailable_models
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
from vlmhb.system.clock import AttentiveClock, monotonic_s
from vlmhb.system.gpus import Gpu
from vlmhb.system.memory import memory_ceiling_bytes
from vlmhb.system.mounts import read_mounts
from vlmhb.system.signals import StopSignals
from vlmhb.worker import Worker, WorkerEvent
from vlmhb.worker import events as said

DRAIN_GRACE_S = 5.0
"""How long answers on their way are waited for after the first signal."""
END_GRACE_S = 15.0
"""How long a worker that is done may take to put away its engine."""
MEMORY_SHARE = 0.95
"""Of what there is: the most for a worker whose model file sets no limit. The host needs some."""
LOOK_UP_S = 0.25
"""The longest wait for anything. A signal that comes between Python's last look for one and the
wait itself does not end the wait, so a wait without end could miss it for as long."""


def execute(
    config: RunConfig,
    left: Mapping[str, tuple[Request, ...]],
    supplies: Supplies,
    run_folder: Path,
    stop: StopSignals,
    standings: Mapping[str, Standing] = NOTHING_TOLD,
) -> Generator[Progress]:
    """Ask `left`, by model, and yield what happens; every outcome is an `Answered` among it.

    `standings` is what earlier starts tell of the models. Ends when every request has its outcome
    or its model was given up, or after a signal. However it ends, no worker is left. What workers
    print goes to `run_folder/logs`.
    """
    models = [model for model in config.models if model.name in left]
    unavailable = unavailable_models(models, config.envspecs, supplies.offer)
    for model, missing in unavailable.items():
        yield progress.GaveUp(model, missing.problem)
    asked = {model: requests for model, requests in left.items() if model not in unavailable}
    execution = _Execution(config, asked, supplies, run_folder, standings)
    stop.listen(execution.on_signal)
    try:
        yield from (progress.Queued(one.name, one.env) for one in models if one.name in asked)
        yield from execution.steps()
    finally:
        execution.close()
        stop.listen(None)


class _Execution:
    """One pass over the requests: an inbox of what happened, and the workers it concerns."""

    def __init__(
        self,
        config: RunConfig,
        left: Mapping[str, tuple[Request, ...]],
        supplies: Supplies,
        run_folder: Path,
        standings: Mapping[str, Standing],
    ) -> None:
        self._models = {model.name: model for model in config.models}
        self._inbox = Inbox()
        env_of = {model.name: model.env for model in config.models}
        weighted = [model.name for model in config.models if model.weights is not None]
        slots = (*gpu_slots(supplies.gpus.usable), *cpu_slots(config.max_workers or 1))
        self._scheduler = Scheduler(left, env_of, slots, weighted, standings, config.max_workers)
        self._model_of: dict[str, str] = {}
        """By worker, of those that run or are about to."""
        self._ready = Preparation(config, supplies, self._inbox.put)
        self._gpus = {gpu.uuid for gpu in supplies.gpus.usable}
        self._desk = GpuDesk(supplies.gpus, supplies.rules, self._on_gpu_back)
        # Asking for figures and waiting for memory do not take each other's silence for an answer.
        asked = CarefulGpus(supplies.gpus, supplies.rules.answer_s)
        self._telemetry = Sampler(asked.counters, self._inbox.put, supplies.look_s)
        self._starts = Starts(config, supplies, self._ready, self._desk, run_folder)
        self._crew = Crew(AttentiveClock())
        self._memory_bytes = int(MEMORY_SHARE * memory_ceiling_bytes(read_mounts()))
        self._signals = 0
        self._hinted: set[str] = set()

    def on_signal(self) -> None:
        """Safe inside a signal handler."""
        self._inbox.put(Signal())

    def steps(self) -> Iterator[Progress]:
        """Everything that happens, until nothing is left to do."""
        first = self._scheduler.start()
        self._ready.start(first)
        yield from self._do(first)
        while not self._is_over():
            item = self._inbox.next(self._crew.wait_s(LOOK_UP_S))
            if item is not None:
                yield from self._see(item)
            self._end_late_workers()
            yield from self._start_waiting()

    def close(self) -> None:
        """Leave no worker, no build, no fetch and no lease behind."""
        self._telemetry.close()
        self._crew.close()
        self._ready.close()
        self._desk.close()

    def _is_over(self) -> bool:
        # The last GPU is waited for, too: its figures belong to the run.
        return self._scheduler.finished and (self._signals > 0 or not self._desk.is_settling)

    def _on_gpu_back(self, model: str, figures: GpuFigures, problem: str) -> None:
        self._inbox.put(progress.GpuReturned(model, figures, problem))

    def _see(self, item: Item) -> Iterator[Progress]:  # noqa: C901 - an arm per item
        match item:
            case Signal():
                yield from self._stop()
            case (
                progress.EnvStep()
                | progress.WeightsStep()
                | progress.Measured()
                | progress.GpuUnread()
            ):
                yield item
            case EnvDone() | WeightsDone() if self._signals:
                pass  # it was stopped: that says nothing about the model
            case EnvDone():
                yield from self._take(*self._ready.take_env(item, self._desk.usable))
            case WeightsDone():
                yield from self._take(*self._ready.take_weights(item))
            case progress.GpuReturned(figures=figures):
                self._desk.put_back(figures.uuid)
                self._starts.try_soon()
                yield item
            case Worry():
                yield from self._restrain(item)
            case Said(worker, what):
                yield from self._hear(worker, what)

    def _take(self, step: Progress | None, event: events.Event) -> Iterator[Progress]:
        if step is not None:
            yield step
        yield from self._handle(event)

    def _hear(self, worker: str, event: WorkerEvent) -> Iterator[Progress]:
        model = self._model_of[worker]
        match event:
            case said.Hello():
                yield from self._load(worker)
            case said.LoadProgress(stage, done, total):
                yield progress.LoadStep(model, worker, stage, done, total)
            case said.Loaded():
                self._crew.loaded(worker)
                self._telemetry.loaded(worker, event.load_s)
                yield self._loaded(worker, event)
                yield from self._handle(events.WorkerLoaded(worker, event.window))
            case said.LoadFailed(error):
                self._crew.load_failed(worker, error)
                reason = load_reason(self._models[model], error, walled=self._is_walled(model))
                failed = events.LoadFailed(worker, reason, is_gpu_full(error))
                yield from self._handle(failed)
            case said.Answered(outcome):
                self._telemetry.settled(worker, outcome)
                yield from self._hint(model, outcome)
                yield from self._handle(events.WorkerAnswered(worker, outcome))
            case said.Died(death):
                yield from self._lose(worker, death)
                return
            case said.Logged():
                return  # talking is no progress
        self._expect(worker)

    def _load(self, worker: str) -> Iterator[Progress]:
        try:
            self._crew.load(worker, self._ready.order(self._crew.model(worker)))
        except WorkerError as error:
            self._crew.load_failed(worker, _as_info(error))
            yield from self._handle(events.LoadFailed(worker, str(error)))

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

    def _hint(self, model: str, outcome: Outcome) -> Iterator[Progress]:
        """Say once of each model that its sandbox may be what makes requests fail."""
        if model in self._hinted or not isinstance(outcome, FailedAnswer):
            return
        if self._is_walled(model) and looks_denied(outcome.error):
            self._hinted.add(model)
            yield progress.Noted(f"{model}: {outcome.error.type} in a request; {LOOSER}")

    def _is_walled(self, model: str) -> bool:
        return self._starts.sandbox(model).level > 0

    def _lose(self, worker: str, death: said.Death) -> Iterator[Progress]:
        model = self._model_of.pop(worker)
        was_ended = self._crew.is_in_order(worker) and death.kind is said.DeathKind.CLOSED
        gone = self._crew.bury(worker, death, walled=self._is_walled(model))
        self._desk.end(worker)
        if measured := self._telemetry.gone(worker):
            yield measured
        if death.changed_weights:
            yield progress.WeightsChanged(model, death.changed_weights)
        wanted = self._scheduler.handle(gone, monotonic_s())
        yield from self._tell_end(model, gone, wanted, was_ended=was_ended)
        yield from self._do(wanted)

    def _tell_end(
        self,
        model: str,
        gone: events.WorkerGone,
        wanted: list[commands.Command],
        *,
        was_ended: bool,
    ) -> Iterator[Progress]:
        starts = (one for one in wanted if isinstance(one, commands.StartWorker))
        if any(one.worker == gone.worker for one in starts):
            end = progress.WorkerReplaced if gone.is_planned else progress.WorkerLost
            yield end(model, gone.worker, gone.reason)
        elif model in self._model_of.values():
            yield progress.WorkerLeft(model, gone.worker, "" if was_ended else gone.reason)

    def _expect(self, worker: str) -> None:
        self._crew.expect(worker, owes_answers=self._scheduler.owes_answers(worker))

    def _handle(self, event: events.Event) -> Iterator[Progress]:
        yield from self._do(self._scheduler.handle(event, monotonic_s()))

    def _do(self, wanted: list[commands.Command]) -> Iterator[Progress]:  # noqa: C901 - an arm per command
        left = deque(wanted)  # what follows at once comes behind: commands keep their order
        while left:
            match left.popleft():
                case commands.StartWorker(model, worker, slots):
                    self._model_of[worker] = model
                    gpus = tuple(name for name in slots if name in self._gpus)
                    left.extend((yield from self._start(Place(self._models[model], worker, gpus))))
                case commands.Send(worker, request):
                    left.extend(self._send(worker, request))
                case commands.StopWorker(worker):
                    left.extend(self._stop_worker(worker))
                case commands.Record(model, outcome):
                    yield progress.Answered(model, outcome)
                case commands.NoteTrouble(trouble):
                    yield progress.Troubled(trouble)
                case commands.GiveUp(model, reason, printed):
                    self._ready.drop(model)
                    self._starts.give_up(model)
                    yield progress.GaveUp(model, reason, printed)
                case commands.BuildEnv() | commands.FetchWeights():
                    pass  # all are asked for before anything else

    def _send(self, worker: str, request: Request) -> list[commands.Command]:
        """What follows at once: nothing, unless the request cannot be sent."""
        try:
            self._crew.send(worker, request)
        except WorkerError as error:
            failed = FailedAnswer(request.id, FailureReason.INPUT_ERROR, _as_info(error))
            return self._scheduler.handle(events.WorkerAnswered(worker, failed), monotonic_s())
        self._telemetry.sent(worker, request)
        self._expect(worker)
        return []

    def _start(self, place: Place) -> Generator[Progress, None, list[commands.Command]]:
        """Start a worker, or leave it waiting for its GPUs; what follows at once."""
        if reason := "" if place.gpus else no_room(self._crew.pids_of(place.model.name)):
            slots = self._scheduler.slots_of(place.worker)
            yield progress.Noted(f"{place.model.name}: no further worker: {reason}")
            return self._not_started(events.SlotRefused(place.worker, slots[0], reason))
        started = self._starts.start(
            place, lambda event: self._inbox.put(Said(place.worker, event))
        )
        match started:
            case Busy(is_short=True):
                pass  # it keeps its slots, and is tried again
            case Busy(uuid):
                return self._not_started(events.SlotsBusy(place.worker, uuid))
            case Full(uuid, reason, for_now):
                refused = events.SlotRefused(place.worker, uuid, reason, for_now)
                return self._not_started(refused)
            case Refused(reason):
                return self._not_started(events.StartRefused(place.worker, reason))
            case worker:
                self._crew.add(place.worker, place.model, worker)
                self._watch(place, worker)
                yield progress.ModelStarting(place.model.name, place.worker)
        return []

    def _not_started(
        self, event: events.SlotsBusy | events.SlotRefused | events.StartRefused
    ) -> list[commands.Command]:
        del self._model_of[event.worker]
        return self._scheduler.handle(event, monotonic_s())

    def _restrain(self, worry: Worry) -> Iterator[Progress]:
        """End the worker now, or once it owes nothing."""
        if self._crew.take(worry) and not worry.is_over:
            yield from self._handle(events.ReplacementWanted(worry.worker))

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

    def _start_waiting(self) -> Iterator[Progress]:
        """Try again for those who wait for GPUs, with or without slots."""
        if not self._starts.is_time(may_try_again=self._scheduler.may_try_again):
            return
        for place in self._starts.kept():
            yield from self._do((yield from self._start(place)))
        yield from self._handle(events.SlotsMayBeFree())
        for model, reason in self._starts.news(self._has_nobody):
            yield progress.GpuAwaited(model, reason)

    def _has_nobody(self, model: str) -> bool:
        """Whether the model has requests left, and no worker at all."""
        return self._scheduler.is_left(model) and not self._crew.pids_of(model)

    def _stop_worker(self, worker: str) -> list[commands.Command]:
        if self._starts.cancel(worker):  # it has slots, and was not started
            del self._model_of[worker]
            gone = events.WorkerGone(worker, "not started", by_itself=False)
            return self._scheduler.handle(gone, monotonic_s())
        if worker in self._model_of:  # else it was refused before it could be stopped
            self._telemetry.ending(worker)
            self._crew.end(worker, END_GRACE_S)
        return []

    def _end_late_workers(self) -> None:
        for worker in self._crew.end_late():
            self._scheduler.handle(events.WorkerSilent(worker), monotonic_s())

    def _stop(self) -> Iterator[Progress]:
        """The first signal lets answers arrive; the second one does not."""
        self._signals += 1
        if self._signals > 1:
            self._crew.kill_all()
            return
        self._ready.cancel()
        yield from self._handle(events.StopRequested())
        self._crew.end_all(DRAIN_GRACE_S)


def _as_info(error: WorkerError) -> ErrorInfo:
    return ErrorInfo(type(error).__name__, str(error))


def gpu_slots(gpus: Sequence[Gpu]) -> tuple[Slot, ...]:
    """A place for a worker on each of them."""
    return tuple(Slot(gpu.uuid, gpu.memory_gib, gpu.is_slice) for gpu in gpus)
