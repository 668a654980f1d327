"""Carries out the scheduler's commands on this machine."""

from collections import deque
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path

from vlmhb.domain.answer import ErrorInfo, FailedAnswer, FailureReason, Outcome
from vlmhb.domain.gpu_figures import GpuFigures
from vlmhb.domain.run import Request, RunConfig
from vlmhb.errors import WorkerError
from vlmhb.schedule import commands, events, progress
from vlmhb.schedule.gpus.careful import CarefulGpus
from vlmhb.schedule.gpus.desk import GpuDesk, Refused
from vlmhb.schedule.inbox import Inbox, Item, Said, Signal
from vlmhb.schedule.progress import Progress
from vlmhb.schedule.standing import Standing
from vlmhb.schedule.state import NOTHING_TOLD, Scheduler
from vlmhb.schedule.supply.availability import unavailable_models
from vlmhb.schedule.supply.preparation import EnvDone, Preparation, WeightsDone
from vlmhb.schedule.supply.supplies import Supplies
from vlmhb.schedule.supply.weights import loaded_weights
from vlmhb.schedule.telemetry.sampler import Sampler
from vlmhb.schedule.telemetry.watch import Started
from vlmhb.schedule.workers.crew import Crew
from vlmhb.schedule.workers.monitor import Bounds, Worry
from vlmhb.schedule.workers.reasons import LOOSER, load_reason, looks_denied
from vlmhb.schedule.workers.starts import Starts, Waiting
from vlmhb.system.clock import AttentiveClock
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
        self._scheduler = Scheduler(left, env_of, config.max_workers, weighted, standings)
        self._ready = Preparation(config, supplies, self._inbox.put)
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
                yield from self._take(*self._ready.take_env(item))
            case WeightsDone():
                yield from self._take(*self._ready.take_weights(item))
            case progress.GpuReturned(figures=figures):
                self._desk.put_back(figures.uuid)
                self._starts.try_soon()
                yield item
            case Worry():
                yield from self._restrain(item)
            case Said(model, what):
                yield from self._hear(model, what)

    def _take(self, step: Progress | None, event: events.Event) -> Iterator[Progress]:
        if step is not None:
            yield step
        yield from self._handle(event)

    def _hear(self, model: str, event: WorkerEvent) -> Iterator[Progress]:
        match event:
            case said.Hello():
                yield from self._load(model)
            case said.LoadProgress(stage, done, total):
                yield progress.LoadStep(model, stage, done, total)
            case said.Loaded():
                self._crew.loaded(model)
                self._telemetry.loaded(model, event.load_s)
                yield self._loaded(model, event)
                yield from self._handle(events.WorkerLoaded(model, event.window))
            case said.LoadFailed(error):
                self._crew.load_failed(model, error)
                reason = load_reason(self._models[model], error, walled=self._is_walled(model))
                yield from self._handle(events.LoadFailed(model, reason))
            case said.Answered(outcome):
                self._telemetry.settled(model, outcome)
                yield from self._hint(model, outcome)
                yield from self._handle(events.WorkerAnswered(model, outcome))
            case said.Died(death):
                yield from self._lose(model, death)
                return
            case said.Logged():
                return  # talking is no progress
        self._expect(model)

    def _load(self, model: str) -> Iterator[Progress]:
        try:
            self._crew.load(model, self._ready.order(self._models[model]))
        except WorkerError as error:
            self._crew.load_failed(model, _as_info(error))
            yield from self._handle(events.LoadFailed(model, str(error)))

    def _loaded(self, model: str, event: said.Loaded) -> progress.ModelLoaded:
        weights = self._ready.weights.get(model)
        return progress.ModelLoaded(
            model=model,
            load_s=event.load_s,
            window=event.window,
            gpu_memory_bytes=event.gpu_memory_bytes,
            facts=event.facts,
            env=self._ready.envs[self._models[model].env].fingerprint,
            gpu=self._desk.note_loaded(model),
            weights=None if weights is None else loaded_weights(weights),
            sandbox=self._starts.sandbox(model),
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

    def _lose(self, model: str, death: said.Death) -> Iterator[Progress]:
        gone = self._crew.bury(model, death, walled=self._is_walled(model))
        self._desk.end(model)
        if measured := self._telemetry.gone(model):
            yield measured
        if death.changed_weights:
            yield progress.WeightsChanged(model, death.changed_weights)
        wanted = self._scheduler.handle(gone)
        if any(isinstance(c, commands.StartWorker) and c.model == model for c in wanted):
            end = progress.WorkerReplaced if gone.is_planned else progress.WorkerLost
            yield end(model, gone.reason)
        yield from self._do(wanted)

    def _expect(self, model: str) -> None:
        self._crew.expect(model, owes_answers=self._scheduler.owes_answers(model))

    def _handle(self, event: events.Event) -> Iterator[Progress]:
        yield from self._do(self._scheduler.handle(event))

    def _do(self, wanted: list[commands.Command]) -> Iterator[Progress]:  # noqa: C901 - an arm per command
        left = deque(wanted)
        while left:
            match left.popleft():
                case commands.StartWorker(model):
                    yield from self._start(model)
                case commands.Send(model, request):
                    left.extend(self._send(model, request))
                case commands.StopWorker(model):
                    yield from self._stop_worker(model)
                case commands.Record(model, outcome):
                    yield progress.Answered(model, outcome)
                case commands.NoteTrouble(trouble):
                    yield progress.Troubled(trouble)
                case commands.GiveUp(model, reason, printed):
                    self._ready.drop(model)
                    yield progress.GaveUp(model, reason, printed)
                case commands.BuildEnv() | commands.FetchWeights():
                    pass  # all are asked for before anything else

    def _send(self, model: str, request: Request) -> list[commands.Command]:
        """What follows at once: nothing, unless the request cannot be sent."""
        try:
            self._crew.send(model, request)
        except WorkerError as error:
            failed = FailedAnswer(request.id, FailureReason.INPUT_ERROR, _as_info(error))
            return self._scheduler.handle(events.WorkerAnswered(model, failed))
        self._telemetry.sent(model, request)
        self._expect(model)
        return []

    def _start(self, model: str) -> Iterator[Progress]:
        """Start the model's worker, or leave it waiting for its GPU."""
        started = self._starts.start(
            self._models[model], lambda event: self._inbox.put(Said(model, event))
        )
        match started:
            case Waiting(news, is_short):
                if news:
                    yield progress.GpuAwaited(model, news)
                if not is_short:
                    yield from self._handle(events.GpuAwaited(model))
            case Refused(reason):
                yield from self._handle(events.StartRefused(model, reason))
            case worker:
                self._crew.add(self._models[model], worker)
                self._watch(model, worker)
                yield progress.ModelStarting(model)

    def _restrain(self, worry: Worry) -> Iterator[Progress]:
        """End the worker now, or once it owes nothing."""
        if self._crew.take(worry) and not worry.is_over:
            yield from self._handle(events.ReplacementWanted(worry.model))

    def _watch(self, model: str, worker: Worker) -> None:
        self._telemetry.started(
            Started(
                model=model,
                pid=worker.pid,
                gpu=self._desk.gpu_of(model),
                build_s=self._ready.envs[self._models[model].env].build_s,
                fetch_s=self._ready.fetch_s(model),
                bounds=Bounds(self._models[model].limits, self._memory_bytes, worker.scratch),
            )
        )

    def _start_waiting(self) -> Iterator[Progress]:
        """Try again for those who wait for a GPU, with or without a slot."""
        if not self._starts.is_time():
            return
        for model in self._starts.with_slot():
            yield from self._start(model)
        yield from self._handle(events.GpuMayBeFree())

    def _stop_worker(self, model: str) -> Iterator[Progress]:
        if self._starts.cancel(model):  # it has a slot, and no worker in it
            yield from self._handle(events.WorkerGone(model, "not started", by_itself=False))
        else:
            self._telemetry.ending(model)
            self._crew.end(model, END_GRACE_S)

    def _end_late_workers(self) -> None:
        for model in self._crew.end_late():
            self._scheduler.handle(events.WorkerSilent(model))

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
