"""Whose weights are fetched next. Pure.

Those of models that a slot waits for, and so many ahead as the run allows: what is fetched and not
in use yet takes room on the disk.
"""

from collections.abc import Collection

from vlmhb.schedule.slots import Need, Slots
from vlmhb.schedule.work import Work


def next_fetches(works: Collection[Work], slots: Slots, ahead: int) -> list[Work]:
    """Models whose weights should be asked for now, in this order.

    At most `ahead` models then have weights, or get them, and no slot that waits for them.
    """
    if all(work.weights_asked for work in works):
        return []
    waiting = [work for work in works if work.has_work and not work.hands]
    waiting.sort(key=lambda work: (not work.weights_asked, work.turn))
    hoped = slots.copy()
    found: list[Work] = []
    for work in waiting:
        if place := hoped.find(_need(work, slots), work.refused):
            hoped.take(work.model, place)
        elif work.weighted:
            ahead -= 1
        if not work.weights_asked and (place or ahead >= 0):
            found.append(work)
    return found


def _need(work: Work, slots: Slots) -> Need:
    """What its worker will take; a GPU where there are any, as long as nobody knows."""
    return work.need if work.env_ready else Need(int(slots.has_gpus))
