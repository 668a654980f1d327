"""Starts workers, each on a GPU of its own if it wants one; some wait for theirs."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import RunConfig
from vlmhb.domain.sandbox import Sandbox
from vlmhb.errors import SandboxError, UnusableError
from vlmhb.schedule.gpus.desk import Busy, GpuDesk, Refused
from vlmhb.schedule.gpus.placement import wants_gpu
from vlmhb.schedule.gpus.use import GpuUse
from vlmhb.schedule.supply.preparation import Preparation
from vlmhb.schedule.supply.supplies import Supplies
from vlmhb.schedule.workers.logs import log_paths
from vlmhb.system.clock import monotonic_s
from vlmhb.system.drivers import driver_folders
from vlmhb.system.hf_home import find_hf_home
from vlmhb.worker import Launch, Sandboxes, Surroundings, Worker, WorkerEvent

WAIT_SAID_S = 1.0
"""A GPU that comes back sooner is not worth a word."""
AGAIN_S = 0.25
"""How often a start that waits is tried again."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """There is no GPU for the worker now."""

    news: str
    """Why, if that should be said now."""
    is_short: bool
    """The end of it is in the hands of this run, or near."""


@dataclass(slots=True)
class _Wait:
    """A start that waits for a GPU."""

    since_s: float
    said: str = ""
    has_slot: bool = True

    def news(self, reason: str) -> bool:
        """Whether `reason` should be said now."""
        if reason == self.said or monotonic_s() - self.since_s < WAIT_SAID_S:
            return False
        self.said = reason
        return True


class Starts:
    """Puts together what a worker is started with.

    Workers are started by the thread that calls: the kernel ends a worker with the thread that
    started it.
    """

    def __init__(
        self,
        config: RunConfig,
        supplies: Supplies,
        ready: Preparation,
        desk: GpuDesk,
        run_folder: Path,
    ) -> None:
        self._config = config
        self._supplies = supplies
        self._ready = ready
        self._desk = desk
        self._logs = log_paths(run_folder, (model.name for model in config.models))
        self._sandboxes = Sandboxes(config.sandbox, _surroundings(run_folder))
        self._in_force: dict[str, Sandbox] = {}
        self._waits: dict[str, _Wait] = {}
        """By model."""
        self._again_s = 0.0

    def start(
        self, model: ModelSpec, on_event: Callable[[WorkerEvent], None]
    ) -> Worker | Waiting | Refused:
        """A worker for the model, or why there is none now or ever.

        Raises:
            SandboxError: the walls that are required cannot be put up.
        """
        wait = self._waits.setdefault(model.name, _Wait(monotonic_s()))
        try:
            started = self._start(model, on_event)
        except SandboxError:
            raise
        except UnusableError as error:
            started = Refused(str(error))
        if isinstance(started, Busy):
            wait.has_slot = started.is_short
            news = started.reason if wait.news(started.reason) else ""
            return Waiting(news, started.is_short)
        del self._waits[model.name]
        return started

    def sandbox(self, model: str) -> Sandbox:
        """What is in force around the worker of the model that was started last."""
        return self._in_force[model]

    def cancel(self, model: str) -> bool:
        """Do not start the model's worker any more; whether it was waiting."""
        return self._waits.pop(model, None) is not None

    def is_time(self) -> bool:
        """Whether those that wait, with or without a slot, should be tried again now."""
        if not self._waits or monotonic_s() < self._again_s:
            return False
        self._again_s = monotonic_s() + AGAIN_S
        return True

    def try_soon(self) -> None:
        """A GPU came back."""
        self._again_s = 0.0

    def with_slot(self) -> Iterator[str]:
        """The models that wait and have a slot, each as of when its turn comes."""
        for model, wait in tuple(self._waits.items()):
            if wait.has_slot and self._waits.get(model) is wait:
                yield model

    def _start(
        self, model: ModelSpec, on_event: Callable[[WorkerEvent], None]
    ) -> Worker | Busy | Refused:
        use = self._take_gpu(model)
        if isinstance(use, Busy | Refused):
            return use
        try:
            launch, self._in_force[model.name] = self._sandboxes.around(self._launch(model, use))
            worker = Worker(launch, on_event)
            worker.start()
        except BaseException:
            self._desk.end(model.name)
            raise
        return worker

    def _take_gpu(self, model: ModelSpec) -> GpuUse | Busy | Refused | None:
        env = self._ready.envs[model.env]
        spec = self._config.envspecs[model.env]
        if not self._supplies.gpus.usable or not wants_gpu(model, spec, env):
            return None
        return self._desk.take(model.name, model.min_gpu_memory_gib)

    def _launch(self, model: ModelSpec, use: GpuUse | None) -> Launch:
        env = self._ready.envs[model.env]
        hold = self._supplies.envs.hold(env)
        holds = () if hold is None else (hold,)
        weights = self._ready.weights.get(model.name)
        return Launch(
            python=env.python,
            variables=env.variables,
            scratch=Path(tempfile.gettempdir()),  # local, where the run folder may not be
            log_path=self._logs[model.name],
            name=model.name,
            gpus=() if use is None else (use.gpu.uuid,),
            drivers=() if use is None else driver_folders(),
            network=env.network,
            lent=env.lent,
            holds=holds if use is None else (*holds, use.lease.fd),
            weights=() if weights is None else weights.folders,
            loopback=self._config.envspecs[model.env].loopback,
            reads=_named_paths((model.params, env.variables)),
        )


def _named_paths(value: object) -> tuple[str, ...]:
    """The absolute paths in it that exist, of files and folders; never the whole machine."""
    found: dict[str, None] = {}
    left = [value]
    while left:
        match left.pop():
            case str() as text if text.startswith("/") and text.strip("/") and _exists(text):
                found[text] = None
            case Mapping() as several:
                left.extend(several.values())
            case list() | tuple() as several:
                left.extend(several)
            case _:
                pass
    return tuple(found)


def _exists(text: str) -> bool:
    try:
        return Path(text).exists()
    except (OSError, ValueError):  # not everything that begins like a path is one
        return False


def _surroundings(run_folder: Path) -> Surroundings:
    hub = find_hf_home()
    return Surroundings(run_folder, hub.token_file, hub.cache, Path.home())
