"""Hands out the GPUs of this machine, one worker each, and takes them back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from vlmhb.domain.gpu_use import GpuUse
from vlmhb.schedule.cards import Cards, CardUse
from vlmhb.schedule.placement import card, fits, in_order, is_back, shortage
from vlmhb.system.gpu_lease import LeaseHolder, lease_folder, take_lease
from vlmhb.system.gpu_memory import GpuMemory
from vlmhb.system.gpus import Gpu

SETTLE_S = 30.0
"""How long a card may take to get back the memory of a worker that is gone."""
OCCUPIED_S = 10.0
"""How long a card that is too full is looked at again: a program on it may be ending."""


@dataclass(frozen=True, slots=True)
class Busy:
    """The cards are in use, or too full for now."""

    reason: str
    is_short: bool = False
    """The end of it is in the hands of this run, or near."""


@dataclass(frozen=True, slots=True)
class Refused:
    """No card can be had."""

    reason: str


@dataclass(frozen=True, slots=True)
class _Closed:
    """A card whose memory did not come back."""

    before: GpuMemory
    problem: str


@dataclass(frozen=True, slots=True)
class CardRules:
    """Where leases are kept, and how patient to be."""

    leases: Path = field(default_factory=lease_folder)
    settle_s: float = SETTLE_S
    occupied_s: float = OCCUPIED_S


class CardDesk:
    """The cards of this machine as far as this run has to do with them. For one thread."""

    def __init__(
        self, cards: Cards, rules: CardRules, on_back: Callable[[str, GpuUse, str], None]
    ) -> None:
        self._cards = cards
        self._rules = rules
        self._on_back = on_back
        """Called from another thread, with the model, what it used and what is wrong, if it is."""
        self._uses: dict[str, tuple[str, CardUse]] = {}
        """By card: the model that has it."""
        self._closed: dict[str, _Closed] = {}

    @property
    def is_settling(self) -> bool:
        """Whether the memory of a worker that is gone may still come back."""
        return any(use.is_settling for _, use in self._uses.values())

    def take(self, model: str, needed_gib: float, waited_s: float) -> CardUse | Busy | Refused:
        """A card for a worker of `model`, which has waited for `waited_s` already.

        Raises:
            UnusableError: leases cannot be kept here.
        """
        busy: list[Busy] = []
        full: list[str] = []
        for gpu in in_order(self._cards.gpus, needed_gib):
            match self._try(model, gpu, needed_gib):
                case CardUse() as use:
                    return use
                case Busy() as in_use:
                    busy.append(in_use)
                case Refused(reason):
                    full.append(reason)
        reason = "; ".join((*(one.reason for one in busy), *full))
        if busy:
            return Busy(reason, is_short=any(one.is_short for one in busy))
        if waited_s < self._rules.occupied_s and not self._closed:
            return Busy(reason, is_short=True)  # not for long, one way or the other
        return Refused(reason)

    def note_loaded(self, model: str) -> GpuUse | None:
        """What the model's card held before and holds now; None for a model without one."""
        for name, use in self._uses.values():
            if name == model and not use.is_settling:
                use.note_loaded()
                return use.use
        return None

    def end(self, model: str) -> None:
        """The model's worker is dead, if it ever was there; wait for its memory beside the run."""
        for name, use in self._uses.values():
            if name == model and not use.is_settling:
                use.end(partial(self._tell_back, model, use))

    def put_back(self, uuid: str) -> None:
        """The memory of that card's last worker is back, or the wait for it is over."""
        _, use = self._uses.pop(uuid)
        if use.problem and use.before is not None:
            self._closed[uuid] = _Closed(use.before, use.problem)

    def close(self) -> None:
        """Give back all cards; the workers are dead."""
        for _, use in self._uses.values():
            use.close()
        self._uses.clear()
        self._cards.close()

    def _tell_back(self, model: str, use: CardUse) -> None:
        self._on_back(model, use.use, use.problem)

    def _try(self, model: str, gpu: Gpu, needed_gib: float) -> CardUse | Busy | Refused:
        if gpu.uuid in self._uses:
            name, use = self._uses[gpu.uuid]
            what = "is getting back the memory of" if use.is_settling else "is used by"
            return Busy(f"{card(gpu)} {what} {name}", is_short=True)
        lease = take_lease(self._rules.leases, gpu.uuid)
        if isinstance(lease, LeaseHolder):
            return Busy(f"{card(gpu)} is used by {lease}")
        before = self._cards.memory(gpu.uuid)
        problem = self._problem(gpu, before, needed_gib)
        if problem:
            lease.release()
            return Refused(problem)
        use = CardUse(self._cards, gpu, lease, before, self._rules.settle_s)
        self._uses[gpu.uuid] = (model, use)
        return use

    def _problem(self, gpu: Gpu, now: GpuMemory | None, needed_gib: float) -> str:
        closed = self._closed.get(gpu.uuid)
        if closed is not None:
            if now is None or not is_back(closed.before, now):
                return closed.problem
            del self._closed[gpu.uuid]  # it took longer than was waited for
        if now is None or fits(now, needed_gib):
            return ""
        return shortage(gpu, now, needed_gib, self._cards.users(gpu.uuid))
