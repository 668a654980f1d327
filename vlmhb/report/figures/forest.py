"""Where a figure and its interval lie on the axis of their column."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vlmhb.domain.score import Direction, MetricSummary
from vlmhb.report.figures.leaderboard import Table

WIDTH = 150
STEPS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)


@dataclass(frozen=True, slots=True)
class ForestBar:
    """Pixels from the left end of the axis."""

    value: float
    low: float
    high: float
    beyond: bool
    """The value lies past the end of the axis."""


@dataclass(frozen=True, slots=True)
class Axis:
    """What the ends of a column's axis stand for."""

    start: float
    end: float


def axis_of(table: Table) -> Axis:
    """The axis of the first column: round numbers around its values.

    It starts at 0 unless a figure is negative. Scores run to 1 or to what the models reach; error
    rates to what the models need, apart from those that only show the machinery.
    """
    scores = table.directions[0] is Direction.HIGHER
    lowest = min(_figures(row.primary for row in table.rows), default=0.0)
    judged = (row.primary for row in table.rows if scores or not row.mechanism_only)
    top = max(_figures(judged), default=1.0)
    start = -_round_up(-lowest, (1.0,)) if lowest < 0 else 0.0
    return Axis(start, _round_up(top, (1.0,) if scores else STEPS))


def _round_up(top: float, steps: Sequence[float]) -> float:
    """The first of `steps` that is enough, else a number of two digits and zeros."""
    for step in steps:
        if top <= step:
            return step
    unit = 10.0 ** max(0, math.floor(math.log10(top)) - 1)
    return math.ceil(top / unit) * unit


def _figures(summaries: Iterable[MetricSummary | None]) -> Iterable[float]:
    for summary in filter(None, summaries):
        known = (summary.value, summary.ci_low, summary.ci_high)
        yield from (figure for figure in known if figure is not None)


def forest_bar(summary: MetricSummary, axis: Axis) -> ForestBar | None:
    """None when there is no figure to place."""
    if summary.value is None:
        return None
    low = summary.value if summary.ci_low is None else summary.ci_low
    high = summary.value if summary.ci_high is None else summary.ci_high
    return ForestBar(
        value=_place(summary.value, axis),
        low=_place(low, axis),
        high=_place(high, axis),
        beyond=summary.value > axis.end,
    )


def _place(figure: float, axis: Axis) -> float:
    share = (figure - axis.start) / (axis.end - axis.start)
    return round(WIDTH * min(1.0, max(0.0, share)), 1)
