"""Tables of one metric by group, with a shade per figure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from vlmhb.domain.results import Results
from vlmhb.domain.score import Direction, MetricSummary
from vlmhb.report.leaderboard import Leaderboard, Table

SHADES = 10


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One figure and its shade."""

    summary: MetricSummary | None
    shade: int | None
    """0 (worst) to 10 (best); None without a figure."""


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A group and its figure for each model."""

    group: tuple[str, ...]
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True, slots=True)
class Heatmap:
    """One metric of one task, groups down and models across."""

    task: str
    metric: str
    direction: Direction
    grouping: str
    models: tuple[str, ...]
    rows: tuple[HeatRow, ...]


def heatmaps(results: Results, board: Leaderboard, groupings: Sequence[str]) -> tuple[Heatmap, ...]:
    """Table by table, one for each kind of groups that it has, for its first metric."""
    maps = (
        _heatmap(results.summaries, table, grouping)
        for table in board.tables
        for grouping in groupings
    )
    return tuple(heatmap for heatmap in maps if heatmap.rows)


def _heatmap(summaries: Sequence[MetricSummary], table: Table, grouping: str) -> Heatmap:
    metric, direction = table.metrics[0], table.directions[0]
    models = tuple(row.model for row in table.rows)
    found = {
        (summary.group, summary.model): summary
        for summary in summaries
        if (summary.task, summary.metric, summary.grouping) == (table.task, metric, grouping)
        and summary.model in models
    }
    groups = sorted({group for group, _ in found})
    top = max((summary.value or 0.0 for summary in found.values()), default=0.0)
    rows = []
    for group in groups:
        figures = [found.get((group, model)) for model in models]
        cells = (HeatCell(figure, _shade(figure, direction, top)) for figure in figures)
        rows.append(HeatRow(group, tuple(cells)))
    return Heatmap(table.task, metric, direction, grouping, models, tuple(rows))


def _shade(summary: MetricSummary | None, direction: Direction, top: float) -> int | None:
    """Error rates go by their root: 0.02 and 0.10 differ more in use than 0.72 and 0.80."""
    if summary is None or summary.value is None:
        return None
    if direction is Direction.LOWER:
        return round(SHADES * (1 - math.sqrt(min(1.0, max(0.0, summary.value)))))
    return round(SHADES * max(0.0, summary.value) / max(1.0, top))
