"""Which model gets free slots next, and which worker makes room for another model. Pure.

Models without a worker come first, those that need more slots before others, else in the order of
the run. What is left over goes to models that are asked already, where another load pays: those
first that few slots can hold, then those with the most work left. Such a worker leaves again when a
model without any needs its slot.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vlmhb.schedule.hand import Hand
from vlmhb.schedule.slots import Need, Slots
from vlmhb.schedule.work import Work

HELP_FROM = 16
"""Requests per worker from which on another worker is worth its load, while nobody knows how long
that or an answer takes."""
LOADS_SAVED = 1.3
"""Times the load of the model: so long the others must still have to do for one more to help."""
LEAST_S = 1.0


@dataclass(frozen=True, slots=True)
class Start:
    """A worker to start."""

    work: Work
    slots: tuple[str, ...]


def next_start(works: Mapping[str, Work], slots: Slots, now_s: float) -> Start | None:
    """The next worker to start; None while nothing free is worth one."""
    kept: set[str] = set()
    hoped: set[str] = set()
    for work in waiting(works):
        if found := slots.find(work.need, {*work.refused, *work.full, *kept}):
            return Start(work, found)
        room = _room(work, works, slots)
        if room.is_enough:
            kept.update(room.free)
        hoped.update(work.full)  # soon tried again: whoever helped there would have to leave
    helped = [work for work in works.values() if _is_worth_one_more(work, works, slots, now_s)]
    helped.sort(key=lambda work: _urgency(work, now_s), reverse=True)
    for work in helped:
        if found := slots.find(work.need, {*work.refused, *work.full, *kept, *hoped}):
            return Start(work, found)
    return None


def workers_to_move(works: Mapping[str, Work], slots: Slots) -> list[Hand]:
    """Those that make room for models that have no worker at all."""
    moved: list[Hand] = []
    for work in waiting(works):
        moved += _room(work, works, slots, moved).leaving
    return moved


def _room(
    work: Work, works: Mapping[str, Work], slots: Slots, moved: Sequence[Hand] = ()
) -> "_Room":
    """That on the machine where the fewest have to leave for it."""
    rooms = [_Room(work, works, slots, node, moved) for node in slots.nodes or [""]]
    return min(rooms, key=lambda room: (not room.is_enough, len(room.leaving)))


class _Room:
    """What a model without a worker could have on a machine, and who would have to leave for it."""

    def __init__(
        self,
        work: Work,
        works: Mapping[str, Work],
        slots: Slots,
        node: str,
        moved: Sequence[Hand],
    ) -> None:
        fitting = slots.suitable(work.need, work.refused)
        suitable = {slot.name for slot in fitting if slot.node == node}
        sure = {name for name in suitable - work.full.keys() if not slots.is_doubted(name)}
        self.free = [one.name for one in slots.free if one.name in sure]
        hands = [hand for other in works.values() for hand in other.hands.values()]
        coming = [hand for hand in hands if hand.leaving or hand in moved]
        missing = work.need.slots - len(self.free) - _count(slots, coming, suitable)
        one_too_many = not (slots.has_room or coming)
        self.leaving: list[Hand] = []
        for hand in _spare(works, slots, moved):
            if missing <= 0 and not one_too_many:
                break
            if missing <= 0 or suitable.issuperset(_of(hand, slots)):
                self.leaving.append(hand)
                missing -= _count(slots, [hand], suitable)
                one_too_many = False
        self.is_enough = missing <= 0 and not one_too_many
        if not self.is_enough:  # then nobody leaves for nothing
            self.leaving = []


def waiting(works: Mapping[str, Work]) -> list[Work]:
    """Models that could start, and have no worker, in the order in which they get slots."""
    ready = [work for work in works.values() if work.is_ready and not work.hands]
    return sorted(ready, key=lambda work: -work.need.gpus)


def _spare(works: Mapping[str, Work], slots: Slots, moved: Sequence[Hand]) -> list[Hand]:
    """Workers beside the first of their model: those first that have the least to lose.

    One in a slot that may be somebody else's is neither: nobody knows whether it can be started.
    """
    found = []
    for work in works.values():
        sure = [one for one in _active(work) if not any(map(slots.is_doubted, _of(one, slots)))]
        staying = [hand for hand in sure if hand not in moved]
        staying.sort(key=lambda hand: (hand.loaded, len(hand.outstanding)))
        found += staying[:-1]
    found.sort(key=lambda hand: (hand.loaded, len(hand.outstanding)))
    return found


def _active(work: Work) -> list[Hand]:
    return [hand for hand in work.hands.values() if not (hand.leaving or hand.stopping)]


def _of(hand: Hand, slots: Slots) -> tuple[str, ...]:
    return slots.taken_by(hand.worker)


def _count(slots: Slots, hands: Iterable[Hand], suitable: set[str]) -> int:
    """The slots that these leave behind, of those that are suitable."""
    return sum(len(suitable.intersection(_of(hand, slots))) for hand in hands)


def _is_worth_one_more(work: Work, works: Mapping[str, Work], slots: Slots, now_s: float) -> bool:
    """Whether a further worker of a model would be of use before the others have done it all."""
    if not (work.hands and work.is_ready) or work.need.is_shared or work.is_crowded:
        return False
    left_s = work.left_s(now_s)
    if left_s is not None and work.load_s is not None:
        return left_s > LOADS_SAVED * work.load_s + LEAST_S
    if not work.need.gpus:
        return False  # nobody knows how much of the host's memory one takes
    expected = [one for one in works.values() if one.has_work and not one.is_ready]
    fitting = [slot for slot in slots.free if work.need.fits(slot)]
    # Who waits for an env or for weights will want a slot, too.
    is_free = len(fitting) - work.need.slots >= sum(_may_meet(work, one) for one in expected)
    return is_free and work.unsent >= HELP_FROM * (len(work.hands) + 1)


def _urgency(work: Work, now_s: float) -> tuple[float, int, float]:
    """What few slots can hold goes first on them, since others can be asked anywhere later."""
    return work.need.memory_gib, work.need.gpus, work.left_s(now_s) or float("inf")


def _may_meet(work: Work, other: Work) -> bool:
    """Whether they may want the same slot; what a model needs is known once its env is ready."""
    return not other.env_ready or _kind(work.need) == _kind(other.need)


def _kind(need: Need) -> bool:
    return need.gpus > 0
