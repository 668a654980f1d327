"""What it means for a model that a worker ended before it was loaded. Pure.

Where another worker holds the model, or may come to hold it, env and weights are sound: it is the
slot, which is not tried again. Else the model is given up.
"""

from vlmhb.schedule.commands import Command
from vlmhb.schedule.endings import give_up
from vlmhb.schedule.events import WorkerGone
from vlmhb.schedule.hand import Hand
from vlmhb.schedule.slots import Slots
from vlmhb.schedule.work import Work

MAX_FAILED_STARTS = 3


def refuse_as_small(work: Work, hand: Hand, slots: Slots, error: str) -> None:
    """None of the slots like the smallest of `hand`, but for those where the model is loaded."""
    taken = slots.taken_by(hand.worker)
    loaded = [one.worker for one in work.hands.values() if one.loaded]
    proven = {name for worker in loaded for name in slots.taken_by(worker)}
    sizes = {slot.name: slot.memory_gib or 0.0 for slot in slots.suitable(work.need)}
    smallest = min((sizes[name] for name in taken if name in sizes), default=0.0)
    for name in sizes.keys() - proven:
        if sizes[name] <= smallest:
            work.refused[name] = error


def unloadable(event: WorkerGone, work: Work, hand: Hand, slots: Slots) -> list[Command]:
    """The model cannot be loaded where this worker was: maybe it can elsewhere."""
    if not hand.is_too_large:
        work.refuse(slots.taken_by(hand.worker), hand.load_error)
    is_elsewhere = work.may_load_elsewhere(hand)
    has_larger = hand.is_too_large and slots.can_ever_hold(work.need, work.refused)
    if is_elsewhere or has_larger:
        return []
    return give_up(work, hand.load_error, event.printed)


def failed_start(event: WorkerGone, work: Work, hand: Hand, slots: Slots) -> list[Command]:
    """A worker ended by itself, or was silent, before it was loaded."""
    work.failed_starts += 1
    work.start_error = work.start_error or (event.reason, event.printed)
    is_enough = work.failed_starts >= MAX_FAILED_STARTS
    if work.is_loaded or (is_enough and work.may_load_elsewhere(hand)):
        work.refuse(slots.taken_by(hand.worker), event.reason)
        return []
    if not is_enough:
        return []
    return give_up(work, *work.start_error)


def note_lost_load(event: WorkerGone, work: Work, hand: Hand, slots: Slots) -> None:
    """Where others can do without it, a slot is not tried until no restart is left."""
    taken = slots.taken_by(hand.worker)
    work.lost_loads[taken] = work.lost_loads.get(taken, 0) + 1
    if work.is_loaded and work.lost_loads[taken] >= MAX_FAILED_STARTS:
        work.refuse(taken, event.reason)
