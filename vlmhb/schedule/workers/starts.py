"""Starts workers, each on GPUs of its own if it wants any; some wait for theirs."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import RunConfig
from vlmhb.domain.sandbox import Sandbox
from vlmhb.errors import SandboxError, UnusableError
from vlmhb.schedule.gpus.desk import Busy, Full, GpuDesk, Owner
from vlmhb.schedule.gpus.use import GpuUse
from vlmhb.schedule.supply.preparation import Preparation
from vlmhb.schedule.supply.supplies import Supplies
from vlmhb.schedule.workers.logs import log_paths, worker_log
from vlmhb.system.clock import monotonic_s
from vlmhb.system.drivers import driver_folders
from vlmhb.system.hf_home import find_hf_home
from vlmhb.worker import Launch, Sandboxes, Surroundings, Worker, WorkerEvent

WAIT_SAID_S = 1.0
"""A GPU that comes back sooner is not worth a word."""
AGAIN_S = 0.25
"""How often a start that waits is tried again."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a worker is to run."""

    model: ModelSpec
    worker: str
    gpus: tuple[str, ...]
    """UUIDs; empty for a worker without one."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A worker that would not start at another try either."""

    reason: str


@dataclass(slots=True)
class _Wait:
    """A model that waits for a GPU."""

    since_s: float
    reasons: dict[str, str] = field(default_factory=dict)
    """By GPU: why it cannot be had."""
    said: str = ""

    def news(self, now_s: float) -> str:
        """What should be said now; mostly nothing."""
        reason = "; ".join(self.reasons.values())
        if reason == self.said or now_s - self.since_s < WAIT_SAID_S:
            return ""
        self.said = reason
        return reason


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
        clock: Callable[[], float] = monotonic_s,
    ) -> None:
        self._config = config
        self._supplies = supplies
        self._ready = ready
        self._desk = desk
        self._logs = log_paths(run_folder, (model.name for model in config.models))
        self._clock = clock
        self._sandboxes = Sandboxes(config.sandbox, _surroundings(run_folder))
        self._in_force: dict[str, Sandbox] = {}
        """By model."""
        self._waits: dict[str, _Wait] = {}
        """By model."""
        self._kept: dict[str, Place] = {}
        """By worker: starts that wait for GPUs which this run gives back."""
        self._again_s = 0.0

    def start(
        self, place: Place, on_event: Callable[[WorkerEvent], None]
    ) -> Worker | Busy | Full | Refused:
        """The worker, or why there is none now or ever.

        Raises:
            SandboxError: the walls that are required cannot be put up.
        """
        self._kept.pop(place.worker, None)
        try:
            started = self._start(place, on_event)
        except SandboxError:
            raise
        except UnusableError as error:
            started = Refused(str(error))
        match started:
            case Busy(uuid, reason, is_short):
                if is_short:
                    self._kept[place.worker] = place
                self._note(place.model.name, uuid, reason)
            case Full(uuid, reason, for_now):
                if for_now:
                    self._note(place.model.name, uuid, reason)
            case _:
                self._waits.pop(place.model.name, None)
        return started

    def sandbox(self, model: str) -> Sandbox:
        """What is in force around the worker of the model that was started last."""
        return self._in_force[model]

    def cancel(self, worker: str) -> bool:
        """Do not start the worker any more; whether it was waiting."""
        return self._kept.pop(worker, None) is not None

    def give_up(self, model: str) -> None:
        """None of its workers will be started any more."""
        self._waits.pop(model, None)

    def is_time(self, *, may_try_again: bool = False) -> bool:
        """Whether those that wait should be tried again now.

        `may_try_again` tells that there are GPUs which somebody else had, whoever tried them.
        """
        is_wanted = self._waits or self._kept or may_try_again
        if not is_wanted or self._clock() < self._again_s:
            return False
        self._again_s = self._clock() + AGAIN_S
        return True

    def try_soon(self) -> None:
        """A GPU came back."""
        self._again_s = 0.0

    def news(self, has_nobody: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
        """Models that wait, each with what should be said of it now.

        Only of those with no worker at all: for others it is no more than one more.
        """
        for model, wait in self._waits.items():
            if has_nobody(model) and (said := wait.news(self._clock())):
                yield model, said

    def kept(self) -> Iterator[Place]:
        """Starts that wait with their slots, each as of when its turn comes."""
        for worker, place in tuple(self._kept.items()):
            if self._kept.get(worker) is place:
                yield place

    def _note(self, model: str, uuid: str, reason: str) -> None:
        self._waits.setdefault(model, _Wait(self._clock())).reasons[uuid] = reason

    def _start(
        self, place: Place, on_event: Callable[[WorkerEvent], None]
    ) -> Worker | Busy | Full | Refused:
        owner = Owner(place.worker, place.model.name, place.model.min_gpu_memory_gib)
        uses = self._desk.take(owner, place.gpus)
        if isinstance(uses, Busy | Full):
            return uses
        try:
            launch, sandbox = self._sandboxes.around(self._launch(place, uses))
            self._in_force[place.model.name] = sandbox
            worker = Worker(launch, on_event)
            worker.start()
        except BaseException:
            self._desk.end(place.worker)
            raise
        return worker

    def _launch(self, place: Place, uses: Sequence[GpuUse]) -> Launch:
        model = place.model
        env = self._ready.envs[model.env]
        hold = self._supplies.envs.hold(env)
        holds = () if hold is None else (hold,)
        weights = self._ready.weights.get(model.name)
        return Launch(
            python=env.python,
            variables=env.variables,
            scratch=Path(tempfile.gettempdir()),  # local, where the run folder may not be
            log_path=worker_log(self._logs[model.name], model.name, place.worker),
            name=place.worker,
            gpus=tuple(use.gpu.uuid for use in uses),
            drivers=driver_folders() if uses else (),
            network=env.network,
            lent=env.lent,
            holds=(*holds, *(use.lease.fd for use in uses)),
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
