"""Carries out the scheduler's commands on this machine."""

import queue
import re
import tempfile
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from vlmhb.domain.envspec import Env
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import Request, RunConfig
from vlmhb.errors import VlmhbError, WorkerError
from vlmhb.schedule import progress, state
from vlmhb.schedule.availability import cut_off, missing_files, without_gpu
from vlmhb.schedule.envs import EnvBuilder, Envs
from vlmhb.schedule.progress import Progress
from vlmhb.system.clock import monotonic_s
from vlmhb.system.gpus import list_gpus
from vlmhb.system.signals import StopSignals
from vlmhb.worker import Death, Launch, Worker, WorkerEvent
from vlmhb.worker import events as said

DRAIN_GRACE_S = 5.0
"""How long answers on their way are waited for after the first signal."""
DUMP_GRACE_S = 1.0
"""What a silent worker gets to write down where it hangs."""
BURIAL_S = 10.0
"""How long the end of a killed worker is waited for."""
LOOK_UP_S = 0.25
"""The longest wait for anything. A signal that comes between Python's last look for one and the
wait itself does not end the wait, so a wait without end could miss it for as long."""
PRINTED_CHARS = 4000
ADDRESS = re.compile(r"0x[0-9a-f]{6,}")
"""They differ from run to run; what is recorded of the same crash should not."""


@dataclass(frozen=True, slots=True)
class _Signal:
    """The user or the pod asked to stop."""


@dataclass(frozen=True, slots=True)
class _EnvDone:
    """An env is ready, or is not to be had."""

    env: str
    result: Env | Exception


@dataclass(frozen=True, slots=True)
class _Said:
    """Something a worker did."""

    model: str
    event: WorkerEvent


_Item = _Signal | _EnvDone | _Said | progress.EnvStep


def execute(
    config: RunConfig,
    left: Mapping[str, tuple[Request, ...]],
    envs: Envs,
    run_folder: Path,
    stop: StopSignals,
) -> Generator[Progress]:
    """Ask `left`, by model, and yield what happens; every outcome is an `Answered` among it.

    Ends when every request has its outcome or its model was given up, or after a signal. However
    it ends, no worker is left. What workers print goes to `run_folder/logs`.
    """
    models = [model for model in config.models if model.name in left]
    gpus, driver = list_gpus()
    unavailable = (
        missing_files(models)
        | without_gpu(models, config.envspecs, driver if gpus else "")
        | cut_off(models, config.envspecs, offline=envs.offline)
    )
    for model, missing in unavailable.items():
        yield progress.GaveUp(model, missing.problem)
    asked = {model: requests for model, requests in left.items() if model not in unavailable}
    execution = _Execution(config, asked, envs, run_folder)
    stop.listen(execution.on_signal)
    try:
        yield from execution.steps()
    finally:
        execution.close()
        stop.listen(None)


class _Execution:
    """One pass over the requests: an inbox of what happened, and the workers it concerns.

    Workers are started by the thread that iterates `steps`: the kernel ends a worker with the
    thread that started it.
    """

    def __init__(
        self,
        config: RunConfig,
        left: Mapping[str, tuple[Request, ...]],
        envs: Envs,
        run_folder: Path,
    ) -> None:
        self._models = {model.name: model for model in config.models}
        self._config = config
        self._run_folder = run_folder
        self._gpus = tuple(gpu.uuid for gpu in list_gpus()[0])
        self._inbox: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._built: dict[str, Env] = {}
        self._workers: dict[str, Worker] = {}
        self._loading: set[str] = set()
        self._deadlines: dict[str, float] = {}
        self._timed_out: dict[str, float] = {}
        """Model -> the limit in seconds that its worker was silent for."""
        self._signals = 0
        env_of = {model.name: model.env for model in config.models}
        self._scheduler = state.Scheduler(left, env_of, config.max_workers)
        self._envs = envs
        self._builder = EnvBuilder(
            envs,
            on_line=lambda env, line: self._inbox.put(progress.EnvStep(env, line)),
            on_done=lambda env, result: self._inbox.put(_EnvDone(env, result)),
        )

    def on_signal(self) -> None:
        """Safe inside a signal handler."""
        self._inbox.put(_Signal())

    def steps(self) -> Iterator[Progress]:
        """Everything that happens, until nothing is left to do."""
        commands = self._scheduler.start()
        wanted = [command.env for command in commands if isinstance(command, state.BuildEnv)]
        self._builder.start([self._config.envspecs[env] for env in wanted])
        yield from self._do(commands)
        while not self._scheduler.finished:
            item = self._next()
            if item is not None:
                yield from self._see(item)

    def close(self) -> None:
        """Leave no worker and no build behind."""
        self._kill_all()
        for worker in self._workers.values():
            worker.join(BURIAL_S)
        self._builder.close()

    def _next(self) -> _Item | None:
        """The next thing to handle; None when a deadline passed first, and was dealt with."""
        wait_s = LOOK_UP_S
        if self._deadlines:
            wait_s = min(wait_s, max(0.0, min(self._deadlines.values()) - monotonic_s()))
        try:
            return self._inbox.get(timeout=wait_s)
        except queue.Empty:
            self._end_late_workers()
            return None

    def _see(self, item: _Item) -> Iterator[Progress]:
        match item:
            case _Signal():
                yield from self._stop()
            case progress.EnvStep():
                yield item
            case _EnvDone(env, result):
                yield from self._take_env(env, result)
            case _Said(model, event):
                yield from self._hear(model, event)

    def _take_env(self, env: str, result: Env | Exception) -> Iterator[Progress]:
        if isinstance(result, VlmhbError):
            yield from self._handle(state.EnvFailed(env, str(result)))
        elif isinstance(result, Exception):
            raise result
        else:
            self._built[env] = result
            yield progress.EnvBuilt(result)
            yield from self._handle(state.EnvReady(env))

    def _hear(self, model: str, event: WorkerEvent) -> Iterator[Progress]:
        match event:
            case said.Hello():
                self._workers[model].load(self._models[model], self._config.seed)
            case said.LoadProgress(stage, done, total):
                yield progress.LoadStep(model, stage, done, total)
            case said.Loaded():
                self._loading.discard(model)
                yield progress.ModelLoaded(
                    model=model,
                    load_s=event.load_s,
                    window=event.window,
                    gpu_memory_bytes=event.gpu_memory_bytes,
                    facts=event.facts,
                    env=self._built[self._models[model].env].fingerprint,
                )
                yield from self._handle(state.WorkerLoaded(model, event.window))
            case said.LoadFailed(error):
                text = f"cannot load the model: {error.type}: {error.message}"
                yield from self._handle(state.LoadFailed(model, text))
            case said.Answered(outcome):
                yield from self._handle(state.WorkerAnswered(model, outcome))
            case said.Died(death):
                yield from self._bury(model, death)
                return
            case said.Logged():
                return  # talking is no progress
        self._expect(model)

    def _bury(self, model: str, death: Death) -> Iterator[Progress]:
        worker = self._workers.pop(model)
        worker.join(BURIAL_S)
        self._deadlines.pop(model, None)
        gone = state.WorkerGone(
            model,
            self._reason(model, death),
            by_itself=death.by_itself,
            printed=ADDRESS.sub("0x...", death.stderr_tail[-PRINTED_CHARS:]),
        )
        self._timed_out.pop(model, None)
        self._loading.discard(model)
        commands = self._scheduler.handle(gone)
        if any(isinstance(c, state.StartWorker) and c.model == model for c in commands):
            yield progress.WorkerLost(model, gone.reason)
        yield from self._do(commands)

    def _reason(self, model: str, death: Death) -> str:
        if model in self._timed_out:
            return f"silent for {self._timed_out[model]:g} s; where it hung is in logs/{model}.log"
        lines = death.stderr_tail.split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return f"{death.detail}; its last line was: {last}" if last else death.detail

    def _silence_allowed_s(self, model: str) -> float:
        spec = self._models[model]
        return spec.load_timeout_s if model in self._loading else spec.answer_timeout_s

    def _handle(self, event: state.Event) -> Iterator[Progress]:
        yield from self._do(self._scheduler.handle(event))

    def _do(self, commands: list[state.Command]) -> Iterator[Progress]:
        for command in commands:
            match command:
                case state.StartWorker(model, slot):
                    yield progress.ModelStarting(model)
                    yield from self._start_worker(self._models[model], slot)
                case state.Send(model, request):
                    self._workers[model].send(request)
                    self._expect(model)
                case state.StopWorker(model):
                    self._workers[model].shutdown(DRAIN_GRACE_S)
                case state.Record(model, outcome):
                    yield progress.Answered(model, outcome)
                case state.GiveUp(model, reason):
                    yield progress.GaveUp(model, reason)
                case state.BuildEnv():
                    pass  # all envs are asked for before anything else

    def _start_worker(self, model: ModelSpec, slot: int) -> Iterator[Progress]:
        env = self._built[model.env]
        launch = Launch(
            python=env.python,
            variables=env.variables,
            scratch=Path(tempfile.gettempdir()),  # local, where the run folder may not be
            log_path=self._run_folder / "logs" / f"{model.name}.log",
            name=model.name,
            gpus=gpus_of(slot, self._gpus),
            network=env.network,
            lent=env.lent,
            hold=self._envs.hold(env),
        )
        worker = Worker(launch, lambda event: self._inbox.put(_Said(model.name, event)))
        try:
            worker.start()
        except WorkerError as error:
            gone = state.WorkerGone(model.name, str(error), by_itself=True)
            yield from self._handle(gone)
            return
        self._workers[model.name] = worker
        self._loading.add(model.name)
        self._expect(model.name)

    def _expect(self, model: str) -> None:
        """The worker showed a sign of life, or was asked for one: its silence counts from now."""
        if model in self._loading or self._scheduler.owes_answers(model):
            self._deadlines[model] = monotonic_s() + self._silence_allowed_s(model)
        else:
            self._deadlines.pop(model, None)

    def _end_late_workers(self) -> None:
        now = monotonic_s()
        for model in [model for model, due in self._deadlines.items() if due <= now]:
            del self._deadlines[model]
            self._timed_out[model] = self._silence_allowed_s(model)
            self._scheduler.handle(state.WorkerSilent(model))
            self._workers[model].dump_stacks()
            self._workers[model].shutdown(DUMP_GRACE_S)

    def _stop(self) -> Iterator[Progress]:
        """The first signal lets answers arrive; the second one does not."""
        self._signals += 1
        if self._signals > 1:
            self._kill_all()
            return
        yield from self._handle(state.StopRequested())
        for worker in self._workers.values():
            worker.shutdown(DRAIN_GRACE_S)

    def _kill_all(self) -> None:
        for worker in self._workers.values():
            worker.kill()


def gpus_of(slot: int, gpus: tuple[str, ...]) -> tuple[str, ...]:
    """The cards that a worker in `slot` sees: one, in turn, or none where there is none."""
    return (gpus[slot % len(gpus)],) if gpus else ()
