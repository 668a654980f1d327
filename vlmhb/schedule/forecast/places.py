"""Where the time of each slot goes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vlmhb.schedule.forecast.expected import Expected
from vlmhb.schedule.forecast.player import Played
from vlmhb.schedule.forecast.step import Doing, Step, Stretch, stretches_of
from vlmhb.schedule.slots import Slot


@dataclass(frozen=True, slots=True)
class Place:
    """One slot from the beginning of the run to its end."""

    slot: str
    stretches: tuple[Stretch, ...]
    """By time, without gaps."""

    def seconds(self, doing: Doing) -> float:
        """What that takes of its time."""
        return sum(one.seconds for one in self.stretches if one.doing is doing)


def places_of(
    played: Played, models: Sequence[Expected], slots: Sequence[Slot]
) -> tuple[Place, ...]:
    """The GPUs if one is used, and all other slots that are."""
    by_slot: dict[str, list[Step]] = {slot.name: [] for slot in slots}
    for step in played.steps:
        for name in step.slots:
            by_slot[name].append(step)
    has_gpus = any(slot.is_gpu and by_slot[slot.name] for slot in slots)
    shown = [slot for slot in slots if by_slot[slot.name] or (has_gpus and slot.is_gpu)]
    return tuple(
        Place(slot.name, tuple(_whole(by_slot[slot.name], _Ready.of(slot, models, played), played)))
        for slot in shown
    )


@dataclass(frozen=True, slots=True)
class _Ready:
    """When the last of the models that a slot could hold has what it needs."""

    envs_s: float
    weights_s: float

    @classmethod
    def of(cls, slot: Slot, models: Sequence[Expected], played: Played) -> "_Ready":
        fitting = [one for one in models if one.need.fits(slot)]
        envs, names = {one.env for one in fitting}, {one.model for one in fitting}
        return cls(
            _last_end_s(played, Doing.BUILD, envs),
            _last_end_s(played, Doing.FETCH, names),
        )


def _last_end_s(played: Played, doing: Doing, names: set[str]) -> float:
    mine = (step for step in played.steps if step.doing is doing and step.name in names)
    return max((step.ended_s for step in mine), default=0.0)


def _whole(steps: Sequence[Step], ready: _Ready, played: Played) -> Iterator[Stretch]:
    now_s = 0.0
    for one in stretches_of(steps):
        yield from _empty(now_s, one.began_s, ready)
        yield one
        now_s = one.ended_s
    yield from _empty(now_s, played.makespan_s, ready)


def _empty(began_s: float, ended_s: float, ready: _Ready) -> Iterator[Stretch]:
    """What a slot without a worker waits for: for envs first, since weights alone start nothing."""
    bounds = (
        (Doing.AWAIT_ENV, ready.envs_s),
        (Doing.AWAIT_WEIGHTS, ready.weights_s),
        (Doing.IDLE, ended_s),
    )
    for doing, until_s in bounds:
        end_s = min(until_s, ended_s)
        if end_s > began_s:
            yield Stretch(doing, "", began_s, end_s)
            began_s = end_s
