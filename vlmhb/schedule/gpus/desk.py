"""Hands out the GPUs of this machine, one worker each, and takes them back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from vlmhb.domain.gpu_figures import GpuFigures
from vlmhb.schedule.gpus.careful import ANSWER_S, CarefulGpus
from vlmhb.schedule.gpus.placement import fits, in_order, is_back, named, shortage, silent
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
    """The GPUs are in use, or too full for now."""

    reason: str
    is_short: bool = False
    """The end of it is in the hands of this run, or near."""


@dataclass(frozen=True, slots=True)
class Refused:
    """No GPU can be had."""

    reason: str


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
        self._uses: dict[str, tuple[str, GpuUse]] = {}
        """By GPU: the model that has it."""
        self._closed: dict[str, _Closed] = {}
        self._clock = clock
        self._full_since_s: dict[str, float] = {}
        """By model: since when no GPU was in use that it could have, and all were too full."""

    @property
    def is_settling(self) -> bool:
        """Whether the memory of a worker that is gone may still come back."""
        return any(use.is_settling for _, use in self._uses.values())

    def take(self, model: str, needed_gib: float) -> GpuUse | Busy | Refused:
        """A GPU for a worker of `model`, or why it cannot have one now or ever.

        Raises:
            UnusableError: leases cannot be kept here.
        """
        busy: list[Busy] = []
        full: list[str] = []
        for gpu in in_order(self._gpus.usable, needed_gib):
            match self._try(model, gpu, needed_gib):
                case GpuUse() as use:
                    self._full_since_s.pop(model, None)
                    return use
                case Busy() as in_use:
                    busy.append(in_use)
                case Refused(reason):
                    full.append(reason)
        reason = "; ".join((*(one.reason for one in busy), *full))
        if busy:
            self._full_since_s.pop(model, None)
            return Busy(reason, is_short=any(one.is_short for one in busy))
        # A GPU that was in use until now may still be getting back its memory.
        full_s = self._clock() - self._full_since_s.setdefault(model, self._clock())
        if full_s < self._rules.occupied_s and not self._closed:
            return Busy(reason, is_short=True)  # not for long, one way or the other
        del self._full_since_s[model]
        return Refused(reason)

    def note_loaded(self, model: str) -> GpuFigures | None:
        """What the model's GPU held before and holds now; None for a model without one."""
        for name, use in self._uses.values():
            if name == model and not use.is_settling:
                use.note_loaded()
                return use.figures
        return None

    def gpu_of(self, model: str) -> str:
        """UUID of the GPU that the model's worker has; empty for a model without one."""
        return next(
            (
                uuid
                for uuid, (name, use) in self._uses.items()
                if name == model and not use.is_settling
            ),
            "",
        )

    def end(self, model: str) -> None:
        """The model's worker is dead, if it ever was there; wait for its memory beside the run."""
        for name, use in self._uses.values():
            if name == model and not use.is_settling:
                use.end(partial(self._tell_back, model, use))

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

    def _tell_back(self, model: str, use: GpuUse) -> None:
        self._on_back(model, use.figures, use.problem)

    def _try(self, model: str, gpu: Gpu, needed_gib: float) -> GpuUse | Busy | Refused:
        if gpu.uuid in self._uses:
            name, use = self._uses[gpu.uuid]
            what = "is getting back the memory of" if use.is_settling else "is used by"
            return Busy(f"{named(gpu)} {what} {name}", is_short=True)
        lease = take_lease(self._rules.leases, gpu.uuid)
        if isinstance(lease, LeaseHolder):
            return Busy(f"{named(gpu)} is used by {lease}")
        before = self._gpus.memory(gpu.uuid)
        problem = self._problem(gpu, before, needed_gib)
        if problem:
            lease.release()
            return Refused(problem)
        use = GpuUse(self._gpus, gpu, lease, before, self._rules.settle_s)
        self._uses[gpu.uuid] = (model, use)
        return use

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
