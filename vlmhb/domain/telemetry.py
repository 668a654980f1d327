"""What a worker took of its machine, from its start to its end. None is never zero: not measured.

Figures of a GPU are those of the whole card, whoever uses it, unless they say otherwise.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

_Figure = TypeVar("_Figure", int, float)


@dataclass(frozen=True, slots=True)
class Reading:
    """A worker between the reading before and this one."""

    at_s: float
    """Seconds from the worker's start to the end of what this covers."""
    over_s: float
    """Seconds that it covers."""
    vram_bytes: int | None = None
    """Memory in use on the card, by everybody; the most that was seen."""
    process_vram_bytes: int | None = None
    """Memory of the worker's own processes on the card; the most that was seen."""
    utilisation: float | None = None
    """Share of the time in which the card computed, in [0, 1]; the mean."""
    power_w: float | None = None
    """Watts of the card; the mean."""
    temperature_c: int | None = None
    """Degrees Celsius of the card; the highest."""
    throttling: tuple[str, ...] | None = None
    """Why the card was slower than it can be, sorted; empty when it was not."""
    cpu_cores: float | None = None
    """CPU seconds per second of all the worker's processes: 2.0 keeps two cores busy."""
    rss_bytes: int | None = None
    """Resident memory of all the worker's processes, shared pages counted in each; the most."""


@dataclass(frozen=True, slots=True)
class WorkerTotals:
    """A worker's figures from its start until its last reading."""

    alive_s: float = 0.0
    load_s: float | None = None
    """Until the model was loaded, as the worker says; None when it never was."""
    answering_s: float = 0.0
    """Wall time in which it owed at least one answer: of a batch it counts once."""
    n_answers: int = 0
    """Requests that were answered; failed ones take time, and are not counted here."""
    n_pages: int = 0
    """The pages of those."""
    cpu_s: float | None = None
    """CPU seconds of all its processes, ended ones too."""
    peak_rss_bytes: int | None = None
    peak_vram_bytes: int | None = None
    """As of a reading."""
    peak_process_vram_bytes: int | None = None
    """As of a reading."""
    mean_utilisation: float | None = None
    """While it owed answers, in [0, 1]."""
    mean_power_w: float | None = None
    """While it owed answers."""
    energy_wh: float | None = None
    """Of the card while the worker lived, loading included."""
    answering_energy_wh: float | None = None
    """The part of it while the worker owed answers."""
    energy_source: str = ""
    """`counter`: the card's own; `power`: power times time; empty when there is no energy."""
    max_temperature_c: int | None = None
    throttling: tuple[str, ...] | None = None
    """All that was seen, sorted."""
    gpu_problem: str = ""
    """Why the card was no longer asked, if it was not."""


@dataclass(frozen=True, slots=True)
class WorkerTelemetry:
    """One worker of a run."""

    model: str
    segment: int
    """Which start of the run it belongs to: a place in run.json's `segments`, counted from 0."""
    start: int
    """Which worker of this model in the segment, counted from 0."""
    gpu: str = ""
    """UUID of its card; empty for a worker without one."""
    build_s: float | None = None
    """What building its env took, once, be it in an earlier run. Models share envs."""
    fetch_s: float | None = None
    """What fetching its weights took in this segment, next to nothing when they were here; None for
    a model that brings its own."""
    totals: WorkerTotals = WorkerTotals()
    readings: tuple[Reading, ...] = field(default=(), repr=False)
    """By time; long lives are told in longer steps."""
    more_gpus: tuple[str, ...] = ()
    """Those of the other cards of a model that is split over several; figures are of all together.
    """
    began_s: float | None = None
    """Seconds from the moment the run began to ask until this worker was started."""


def merged(readings: Sequence[Reading]) -> Reading:
    """One reading in place of several that follow each other; at least one is given."""

    def mean(figure: Callable[[Reading], float | None]) -> float | None:
        told = [(value, one.over_s) for one in readings if (value := figure(one)) is not None]
        over_s = sum(seconds for _, seconds in told)
        if over_s > 0:
            return sum(value * seconds for value, seconds in told) / over_s
        return told[-1][0] if told else None

    return Reading(
        at_s=readings[-1].at_s,
        over_s=sum(one.over_s for one in readings),
        vram_bytes=highest(one.vram_bytes for one in readings),
        process_vram_bytes=highest(one.process_vram_bytes for one in readings),
        utilisation=mean(lambda one: one.utilisation),
        power_w=mean(lambda one: one.power_w),
        temperature_c=highest(one.temperature_c for one in readings),
        throttling=all_of(one.throttling for one in readings),
        cpu_cores=mean(lambda one: one.cpu_cores),
        rss_bytes=highest(one.rss_bytes for one in readings),
    )


def thinned(readings: Sequence[Reading], most: int) -> tuple[Reading, ...]:
    """The same life in at most `most` readings, each of about as many seconds."""
    if len(readings) <= most:
        return tuple(readings)
    step_s = readings[-1].at_s / most
    groups: dict[int, list[Reading]] = {}
    for one in readings:
        groups.setdefault(min(most - 1, int(one.at_s / step_s)) if step_s else 0, []).append(one)
    return tuple(merged(group) for group in groups.values())


def highest(figures: Iterable[_Figure | None]) -> _Figure | None:
    """The largest of those that were measured."""
    return max((figure for figure in figures if figure is not None), default=None)


def all_of(reasons: Iterable[Sequence[str] | None]) -> tuple[str, ...] | None:
    """Every reason once, sorted; None when nobody could tell."""
    told = [one for one in reasons if one is not None]
    return tuple(sorted({reason for one in told for reason in one})) if told else None
