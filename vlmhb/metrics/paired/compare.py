"""The differences of two sides on the same samples: each metric, over all and by group."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vlmhb.domain.score import Direction, SampleScore
from vlmhb.domain.task import Task
from vlmhb.metrics.aggregation.column import Column
from vlmhb.metrics.aggregation.groupings import Group, macro_groupings_of
from vlmhb.metrics.aggregation.groups import Divided, Places
from vlmhb.metrics.aggregation.lines import Line, intervals_of
from vlmhb.metrics.aggregation.statistics import Interval, Resampled, generator
from vlmhb.metrics.aggregation.summaries import Measured, measured
from vlmhb.metrics.paired.columns import Both, pooled_line, side_lines
from vlmhb.metrics.paired.mcnemar import McNemar, mcnemar
from vlmhb.metrics.paired.swaps import swap_p_value

Cells = Sequence[SampleScore]


@dataclass(frozen=True, slots=True)
class Delta:
    """The figures of two sides over the same units."""

    a: float | None
    b: float | None
    ci_low: float | None
    """95 % bootstrap interval of B minus A: documents are drawn, the same for both sides."""
    ci_high: float | None
    n: int
    """Units that both figures are over."""
    n_documents: int

    @property
    def value(self) -> float | None:
        """B minus A."""
        return None if self.a is None or self.b is None else self.b - self.a


@dataclass(frozen=True, slots=True)
class Counts:
    """The units of one side."""

    scored: int
    failed: int
    unscored: int


@dataclass(frozen=True, slots=True)
class MetricDelta:
    """What one metric says of two sides, over one group of the samples."""

    metric: str
    direction: Direction
    unit: str
    """What `n` and the counts count."""
    grouping: str
    group: Group
    ranked: Delta
    """Over units with an answer or a failure on both sides, failures counted as wrong: as ranks
    are decided."""
    answered: Delta
    """Over the units that are scored on both sides."""
    counts_a: Counts
    counts_b: Counts
    problem: str = ""
    """What went wrong when the metric made its figures."""
    p: float | None = None
    """Of `ranked`: two-sided, by swapping the sides of whole documents; None where not tested."""
    mcnemar: McNemar | None = None
    """None for metrics that are not 0 or 1 for every unit, and where not tested."""


@dataclass(frozen=True, slots=True)
class Area:
    """Which samples a figure is over."""

    grouping: str
    group: Group
    whole: Places
    parts: tuple[Places, ...] = ()
    """Groups that count alike; none for a figure over the samples themselves."""


def compare_metrics(
    cells: Mapping[str, tuple[Cells, Cells]], divided: Divided, task: Task
) -> tuple[tuple[MetricDelta, ...], tuple[MetricDelta, ...]]:
    """The headline of each metric, tested, and the groups of all metrics, not tested.

    `cells` are by metric, A and B, each in the order of the samples of `divided`. The headline is
    the one of the leaderboard: the first of the task's `macro_by`, else over all samples.
    """
    sides = {
        name: (measured(a, divided), measured(b, divided)) for name, (a, b) in cells.items() if a
    }
    headline, *groups = _areas(divided, task)
    return (
        tuple(_over(headline, sides, task, tested=True)),
        tuple(delta for area in groups for delta in _over(area, sides, task, tested=False)),
    )


def _areas(divided: Divided, task: Task) -> Iterator[Area]:
    """The headline first."""
    general = Area("general", (), divided.groupings["general"][()])
    macro = next(iter(macro_groupings_of(task)), "")
    if macro in divided.macro_groupings:
        parts = tuple(divided.macro_groupings[macro].values())
        yield Area(macro, (), np.unique(np.concatenate(parts)), parts)
    yield general
    for grouping, groups in divided.groupings.items():
        if grouping != general.grouping:
            yield from (Area(grouping, group, places) for group, places in groups.items())


def _over(
    area: Area, sides: Mapping[str, tuple[Measured, Measured]], task: Task, *, tested: bool
) -> Iterator[MetricDelta]:
    pairs = [
        Both(a, b, failures_count=failures_count)
        for a, b in sides.values()
        for failures_count in (True, False)
    ]
    lines = [side_lines(both, area.whole, area.parts) for both in pairs]
    # From a key without the sides: B against A gives the mirror image of A against B.
    random = generator("compare", task.name, area.grouping, list(area.group))
    intervals = intervals_of([_difference(a, b) for a, b in lines], random)
    deltas = [_delta(*line, interval) for line, interval in zip(lines, intervals, strict=True)]
    for place, (name, (one, other)) in enumerate(sides.items()):
        ranked, answered = deltas[2 * place : 2 * place + 2]
        a, b = (side.units.at(area.whole) for side in (one, other))
        is_tested = tested and ranked.value is not None
        yield MetricDelta(
            metric=name,
            direction=one.metric.direction,
            unit=one.unit,
            grouping=area.grouping,
            group=area.group,
            ranked=ranked,
            answered=answered,
            counts_a=_counts(a),
            counts_b=_counts(b),
            problem=lines[2 * place][0].column.problem or lines[2 * place][1].column.problem,
            p=_p_value(pairs[2 * place], area, task, name) if is_tested else None,
            mcnemar=mcnemar(*pairs[2 * place].at(np.unique(area.whole))) if is_tested else None,
        )


def _p_value(both: Both, area: Area, task: Task, metric: str) -> float | None:
    line, documents = pooled_line(both, area.whole, area.parts)
    if line.resampled is None:
        return None
    random = generator("swaps", task.name, metric, area.grouping)
    return swap_p_value(line.resampled, documents, random)


@dataclass(frozen=True, slots=True)
class _DrawnDifference:
    """B minus A over drawn documents."""

    a: Resampled
    b: Resampled

    def __call__(self, drawn: NDArray[np.float64]) -> NDArray[np.float64]:
        """One value per row of `drawn`."""
        return self.b(drawn) - self.a(drawn)


def _difference(a: Line, b: Line) -> Line:
    resampled = None
    if a.resampled is not None and b.resampled is not None:
        resampled = _DrawnDifference(a.resampled, b.resampled)
    return Line(a.column, None, None, None, a.documents, resampled)


def _delta(a: Line, b: Line, interval: Interval | None) -> Delta:
    low, high = interval or (None, None)
    return Delta(a.value, b.value, low, high, int(a.column.scored.sum()), a.documents.size)


def _counts(column: Column) -> Counts:
    scored, failed = int(column.scored.sum()), int(column.failed.sum())
    return Counts(scored, failed, column.scored.size - scored - failed)
