"""The places of this machine where workers can run, and who has which. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slot:
    """A GPU, or room for one worker that needs none."""

    name: str
    """The UUID of a GPU; of others anything."""
    memory_gib: float | None = None
    """None where there is no GPU."""
    is_slice: bool = False
    """Of a GPU in MIG mode: it holds a whole model, and no part of one."""
    node: str = ""
    """Which machine of a cluster it is on; those that one worker takes are on the same."""

    @property
    def is_gpu(self) -> bool:
        """Whether a model may compute on it."""
        return self.memory_gib is not None


@dataclass(frozen=True, slots=True)
class Need:
    """What one worker of a model takes."""

    gpus: int = 0
    memory_gib: float = 0.0
    """Of each of them; 0 when that is not known."""
    is_shared: bool = False
    """Whether all its workers would ask the same endpoint, so that a second one helps nobody."""

    def fits(self, slot: Slot) -> bool:
        """Whether the slot can hold it, or its part of it."""
        if slot.memory_gib is None or not self.gpus:
            return slot.is_gpu == bool(self.gpus)
        if slot.is_slice and self.gpus > 1:
            return False
        return slot.memory_gib >= self.memory_gib

    @property
    def slots(self) -> int:
        """How many it takes."""
        return max(1, self.gpus)


NO_GPU = Need()


def cpu_slots(count: int) -> tuple[Slot, ...]:
    """Room for so many workers without a GPU."""
    return tuple(Slot(f"cpu-{number}") for number in range(1, count + 1))


class Slots:
    """All places, free, taken, or away: in the hands of somebody else for now."""

    def __init__(self, slots: Iterable[Slot], most_workers: int | None = None) -> None:
        """At most `most_workers` run at once; None: as many as there is room for."""
        self._all: dict[str, Slot] = {slot.name: slot for slot in slots}
        self._taken: dict[str, tuple[str, ...]] = {}
        """By worker."""
        self._away: set[str] = set()
        self._doubted: set[str] = set()
        """Those that somebody else had at the last try."""
        self._lost: dict[str, str] = {}
        """Those that are gone, and why."""
        self._most_workers = most_workers

    def copy(self) -> "Slots":
        """The same, to try out what would be."""
        other = Slots(self._all.values(), self._most_workers)
        other._taken, other._away = dict(self._taken), set(self._away)
        return other

    @property
    def nodes(self) -> list[str]:
        """The machines that they are on."""
        return list(dict.fromkeys(slot.node for slot in self._all.values()))

    @property
    def has_gpus(self) -> bool:
        """Whether one of them is a GPU, whoever has it."""
        return any(slot.is_gpu for slot in self._all.values())

    @property
    def free(self) -> list[Slot]:
        """Those that a worker could have now."""
        gone = self._away.union(*self._taken.values())
        return [slot for name, slot in self._all.items() if name not in gone]

    @property
    def has_room(self) -> bool:
        """Whether one more worker may run, as far as their number goes."""
        return self._most_workers is None or len(self._taken) < self._most_workers

    def suitable(self, need: Need, refused: Collection[str] = ()) -> list[Slot]:
        """All that could hold a worker, whoever has them now."""
        return [slot for slot in self._all.values() if need.fits(slot) and slot.name not in refused]

    def find(self, need: Need, refused: Collection[str] = ()) -> tuple[str, ...]:
        """The free ones to take: the smallest that are large enough, so that larger ones stay free.

        The largest where nobody knows how much is needed. None when there are too few.
        """
        if not self.has_room:
            return ()
        fitting = [slot for slot in self.free if need.fits(slot) and slot.name not in refused]
        together = [own for own in _by_node(fitting) if len(own) >= need.slots]
        for own in together:
            own.sort(key=lambda slot: slot.memory_gib or 0.0, reverse=need.memory_gib <= 0)
        together.sort(
            key=lambda own: own[need.slots - 1].memory_gib or 0.0, reverse=need.memory_gib <= 0
        )
        return tuple(slot.name for own in together[:1] for slot in own[: need.slots])

    def has(self, names: Sequence[str]) -> bool:
        """Whether they are all there, whoever has them."""
        return self._all.keys() >= set(names)

    def why_not(self, need: Need) -> str:
        """What a model that no slot can hold would need, and what there is."""
        if self._lost:
            return "; ".join(dict.fromkeys(self._lost.values()))
        if not need.gpus:
            return "there is no slot for models that need no GPU"
        many = need.gpus > 1
        together = " on one machine" * (many and len(self.nodes) > 1)
        each = f" with {need.memory_gib:g} GiB{' each' * many}" if need.memory_gib else ""
        sizes = sorted(slot.memory_gib or 0.0 for slot in self._all.values() if slot.is_gpu)
        there = ", ".join(f"{size:g} GiB" for size in sizes) or "none"
        return f"it needs {need.gpus} GPU{'s' * many}{each}{together}; there are: {there}"

    def take(self, worker: str, names: Sequence[str]) -> None:
        """They are the worker's."""
        self._taken[worker] = tuple(names)

    def give_back(self, worker: str) -> None:
        """They are nobody's again."""
        self._taken.pop(worker, None)

    def taken_by(self, worker: str) -> tuple[str, ...]:
        """What a worker has."""
        return self._taken.get(worker, ())

    def send_away(self, names: Iterable[str]) -> None:
        """Somebody else has them, nobody knows for how long."""
        gone = set(names)
        self._away |= gone
        self._doubted |= gone

    @property
    def some_are_away(self) -> bool:
        """Whether there is one to try again."""
        return bool(self._away)

    def call_back(self) -> None:
        """It is time to try again."""
        self._away.clear()

    def doubt(self, name: str) -> None:
        """It was too full, and may be so again."""
        self._doubted.add(name)

    def trust(self, worker: str) -> None:
        """The worker could use what it has."""
        self._doubted.difference_update(self.taken_by(worker))

    def is_doubted(self, name: str) -> bool:
        """Whether it may turn out to be somebody else's: nobody should make room beside it."""
        return name in self._doubted

    def join(self, slot: Slot) -> None:
        """One more."""
        self._all[slot.name] = slot

    def lose(self, name: str, reason: str) -> None:
        """It is gone for good, whoever has it."""
        if self._all.pop(name, None) is not None:
            self._lost[name] = reason
        self._away.discard(name)

    def can_ever_hold(self, need: Need, refused: Mapping[str, str]) -> bool:
        """Whether there are enough of them on one machine, if all were free."""
        return any(len(own) >= need.slots for own in _by_node(self.suitable(need, refused)))


def _by_node(slots: Iterable[Slot]) -> list[list[Slot]]:
    """Those of each machine."""
    found: dict[str, list[Slot]] = {}
    for slot in slots:
        found.setdefault(slot.node, []).append(slot)
    return list(found.values())
