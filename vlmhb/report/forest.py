"""Where a figure and its interval lie on the axis of their column."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vlmhb.domain.score import Direction, MetricSummary
from vlmhb.report.leaderboard import Table

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


def axis_end(table: Table) -> float:
    """The right end of the first column's axis: a round number at or above its values.

    Scores run to 1; error rates to what the models need, apart from those that only show the
    machinery.
    """
    if table.directions[0] is Direction.HIGHER:
        return _round_up(max(_figures(row.primary for row in table.rows), default=1.0), (1.0,))
    judged = (row.primary for row in table.rows if not row.mechanism_only)
    return _round_up(max(_figures(judged), default=1.0), STEPS)


def _round_up(top: float, steps: Sequence[float]) -> float:
    return next((step for step in steps if top <= step), float(math.ceil(top)))


def _figures(summaries: Iterable[MetricSummary | None]) -> Iterable[float]:
    for summary in filter(None, summaries):
        yield from (figure for figure in (summary.value, summary.ci_high) if figure is not None)


def forest_bar(summary: MetricSummary, end: float) -> ForestBar | None:
    """None when there is no figure to place."""
    if summary.value is None:
        return None
    low = summary.value if summary.ci_low is None else summary.ci_low
    high = summary.value if summary.ci_high is None else summary.ci_high
    return ForestBar(
        value=_place(summary.value, end),
        low=_place(low, end),
        high=_place(high, end),
        beyond=summary.value > end,
    )


def _place(figure: float, end: float) -> float:
    return round(WIDTH * min(1.0, max(0.0, figure / end)), 1)
