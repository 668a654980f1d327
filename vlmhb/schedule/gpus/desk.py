"""Hands out the GPUs of this machine and takes them back. Each has one worker at a time."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from vlmhb.domain.gpu_figures import GpuFigures
from vlmhb.errors import UnusableError
from vlmhb.schedule.gpus.careful import ANSWER_S, CarefulGpus
from vlmhb.schedule.gpus.placement import fits, is_back, named, shortage, silent
from vlmhb.schedule.gpus.use import Gpus, GpuUse
from vlmhb.system.clock import monotonic_s
from vlmhb.system.gpu_lease import LeaseHolder, lease_folder, take_lease
from vlmhb.system.gpu_memory import GpuMemory
from vlmhb.system.gpus import Gpu

SETTLE_S = 30.0
"""How long a GPU may take to get back the memory of a worker that is gone."""
OCCUPIED_S = 10.0
"""How long a GPU that is too full is looked at again: a program on it may be ending."""


@dataclass(frozen=True, slots=True)
class Busy:
    """A GPU is in use."""

    uuid: str
    reason: str
    is_short: bool = False
    """The end of it is in the hands of this run."""


@dataclass(frozen=True, slots=True)
class Full:
    """A GPU cannot hold the model, or cannot be leased."""

    uuid: str
    reason: str
    for_now: bool = False
    """It is tried again for a while: a program on it may be ending."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A worker that wants a GPU, or has it."""

    worker: str
    model: str
    needed_gib: float = 0.0
    """Of each of its GPUs."""


@dataclass(frozen=True, slots=True)
class _Closed:
    """A GPU whose memory did not come back."""

    before: GpuMemory
    problem: str


@dataclass(frozen=True, slots=True)
class GpuRules:
    """Where leases are kept, and how patient to be."""

    leases: Path = field(default_factory=lease_folder)
    settle_s: float = SETTLE_S
    occupied_s: float = OCCUPIED_S
    answer_s: float = ANSWER_S


class GpuDesk:
    """The GPUs of this machine as far as this run has to do with them. For one thread."""

    def __init__(
        self,
        gpus: Gpus,
        rules: GpuRules,
        on_back: Callable[[str, GpuFigures, str], None],
        clock: Callable[[], float] = monotonic_s,
    ) -> None:
        self._gpus = CarefulGpus(gpus, rules.answer_s)
        self._rules = rules
        self._on_back = on_back
        """Called from another thread, with the model, what it used and what is wrong, if it is."""
        self._uses: dict[str, tuple[Owner, GpuUse]] = {}
        """By GPU: who has it, or had it until now."""
        self._closed: dict[str, _Closed] = {}
        self._clock = clock
        self._full_since_s: dict[tuple[str, str], float] = {}
        """By model and GPU: since when it was nobody's, and too full."""

    @property
    def is_settling(self) -> bool:
        """Whether the memory of a worker that is gone may still come back."""
        return any(use.is_settling for _, use in self._uses.values())

    @property
    def usable(self) -> tuple[Gpu, ...]:
        """Those that a worker may have."""
        return self._gpus.usable

    def take(self, owner: Owner, uuids: Sequence[str]) -> tuple[GpuUse, ...] | Busy | Full:
        """These GPUs for a worker, or what is wrong with the first that it cannot have."""
        by_uuid = {gpu.uuid: gpu for gpu in self._gpus.usable}
        taken: list[GpuUse] = []
        with ExitStack() as unless_all:
            for uuid in uuids:
                match self._try(owner, by_uuid[uuid]):
                    case GpuUse() as use:
                        taken.append(use)
                        unless_all.callback(self._give_back, use)
                    case problem:
                        return problem
            unless_all.pop_all()
        return tuple(taken)

    def note_loaded(self, worker: str) -> tuple[GpuFigures, ...]:
        """What the worker's GPUs held before and hold now."""
        mine = [use for owner, use in self._uses.values() if self._has(owner, use, worker)]
        for use in mine:
            use.note_loaded()
        return tuple(use.figures for use in mine)

    def gpus_of(self, worker: str) -> tuple[str, ...]:
        """UUIDs of the GPUs that the worker has."""
        return tuple(
            uuid for uuid, (owner, use) in self._uses.items() if self._has(owner, use, worker)
        )

    def end(self, worker: str) -> None:
        """The worker is dead, if it ever was there; wait for its memory beside the run."""
        for owner, use in self._uses.values():
            if self._has(owner, use, worker):
                use.end(partial(self._tell_back, owner.model, use))

    def put_back(self, uuid: str) -> None:
        """The memory of that GPU's last worker is back, or the wait for it is over."""
        _, use = self._uses.pop(uuid)
        if use.problem and use.before is not None:
            self._closed[uuid] = _Closed(use.before, use.problem)

    def close(self) -> None:
        """Give back all GPUs; the workers are dead."""
        for _, use in self._uses.values():
            use.close()
        self._uses.clear()
        self._gpus.close()

    def _give_back(self, use: GpuUse) -> None:
        del self._uses[use.gpu.uuid]
        use.close()

    def _tell_back(self, model: str, use: GpuUse) -> None:
        self._on_back(model, use.figures, use.problem)

    @staticmethod
    def _has(owner: Owner, use: GpuUse, worker: str) -> bool:
        return owner.worker == worker and not use.is_settling

    def _try(self, owner: Owner, gpu: Gpu) -> GpuUse | Busy | Full:
        key = (owner.model, gpu.uuid)
        if gpu.uuid in self._uses:
            user, use = self._uses[gpu.uuid]
            what = "is getting back the memory of" if use.is_settling else "is used by"
            return Busy(gpu.uuid, f"{named(gpu)} {what} {user.worker}", is_short=True)
        try:
            lease = take_lease(self._rules.leases, gpu.uuid)
        except UnusableError as error:  # another GPU's may be sound
            return Full(gpu.uuid, str(error))
        if isinstance(lease, LeaseHolder):
            self._full_since_s.pop(key, None)
            return Busy(gpu.uuid, f"{named(gpu)} is used by {lease}")
        before = self._gpus.memory(gpu.uuid)
        if problem := self._problem(gpu, before, owner.needed_gib):
            lease.release()
            return self._full(key, problem)
        self._full_since_s.pop(key, None)
        use = GpuUse(self._gpus, gpu, lease, before, self._rules.settle_s)
        self._uses[gpu.uuid] = (owner, use)
        return use

    def _full(self, key: tuple[str, str], problem: str) -> Full:
        # A GPU that was in use until now may still be getting back its memory.
        full_s = self._clock() - self._full_since_s.setdefault(key, self._clock())
        _, uuid = key
        if full_s < self._rules.occupied_s and uuid not in self._closed:
            return Full(uuid, problem, for_now=True)
        del self._full_since_s[key]
        return Full(uuid, problem)

    def _problem(self, gpu: Gpu, now: GpuMemory | None, needed_gib: float) -> str:
        closed = self._closed.get(gpu.uuid)
        if closed is not None:
            if now is None or not is_back(closed.before, now):
                return closed.problem
            del self._closed[gpu.uuid]  # it took longer than was waited for
        if now is None and self._gpus.hangs(gpu.uuid):
            return silent(gpu)
        if now is None or fits(now, needed_gib):
            return ""
        return shortage(gpu, now, needed_gib, self._gpus.users(gpu.uuid))
