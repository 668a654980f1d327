"""A forecast: how long a run takes, what decides that, and where the time of its slots goes. Pure.

The scheduler itself is played with what is expected. Every step begins when another one ends: the
one whose end made the scheduler ask for it. So the chain from the last step back to the beginning
has no gaps: it is the critical path.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from vlmhb.schedule.at_once import USUAL, AtOnce
from vlmhb.schedule.forecast.expected import Expected
from vlmhb.schedule.forecast.places import Place, places_of
from vlmhb.schedule.forecast.player import Player
from vlmhb.schedule.forecast.step import Doing, Step, Stretch, stretches_of
from vlmhb.schedule.slots import Slot

FEW_GPUS = 16
"""With more, one more brings less than the chance by which a model gets one sooner or later."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A step of which nobody knows how long it takes."""

    doing: Doing
    name: str
    """Of the env that is built, else of the model."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is expected of a run."""

    makespan_s: float
    """From the moment it begins to ask until the last worker is gone; what is not known counts as
    nothing."""
    path: tuple[Stretch, ...] = ()
    """The critical path: each begins where the one before ends, together they are the makespan."""
    places: tuple[Place, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    fetches: bool = False
    """Whether weights are to be fetched that are known to take time."""
    one_more_gpu_s: float | None = None
    """The makespan with one more GPU like the largest; None where something is not known, no GPU
    is used, or more than `FEW_GPUS` are there."""

    @property
    def preparing_s(self) -> float:
        """What the critical path has beside answering."""
        return sum(one.seconds for one in self.path if one.doing is not Doing.ANSWER)

    @property
    def busy(self) -> float:
        """Share of the time of all places in which answers are worked on, in [0, 1]."""
        total_s = self.makespan_s * len(self.places)
        return sum(one.seconds(Doing.ANSWER) for one in self.places) / total_s if total_s else 0.0


def forecast(
    models: Sequence[Expected],
    slots: Sequence[Slot],
    at_once: AtOnce = USUAL,
    turns: Sequence[str] = (),
) -> Forecast:
    """Of a run of `models`, in its order, on `slots`, with at most so much at once.

    `turns` are the models in the order in which they are made ready, where that is another one.
    """
    played = Player(models, slots, at_once, turns).play()
    places = places_of(played, models, slots)
    unknown = tuple(dict.fromkeys(_unknown(models)))
    return Forecast(
        played.makespan_s,
        tuple(stretches_of(_path(played.last))),
        places,
        unknown,
        any(one.fetch_s for one in models),
        None if unknown else _with_one_more(models, slots, at_once, turns, places),
    )


def _path(last: Step | None) -> list[Step]:
    """From the beginning to `last`."""
    steps: list[Step] = []
    while last is not None:
        steps.append(last)
        last = last.after
    return steps[::-1]


def _unknown(models: Sequence[Expected]) -> Iterator[Unknown]:
    told = {one.env for one in models if one.build_s is not None}
    for one in models:
        if one.env not in told:
            yield Unknown(Doing.BUILD, one.env)
        for doing, seconds in (
            (Doing.FETCH, one.fetch_s),
            (Doing.LOAD, one.load_s),
            (Doing.ANSWER, one.request_s),
        ):
            if seconds is None:
                yield Unknown(doing, one.model)


def _with_one_more(
    models: Sequence[Expected],
    slots: Sequence[Slot],
    at_once: AtOnce,
    turns: Sequence[str],
    places: Sequence[Place],
) -> float | None:
    used = {place.slot for place in places}
    gpus = [slot for slot in slots if slot.is_gpu and slot.name in used]
    if not 0 < len(gpus) <= FEW_GPUS:
        return None
    largest = max(gpus, key=lambda slot: slot.memory_gib or 0.0)
    more = (*slots, replace(largest, name="one more"))
    return Player(models, more, at_once, turns).play().makespan_s
