"""Tables of one metric by group, with a shade per figure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from vlmhb.domain.results import Results
from vlmhb.domain.score import Direction, MetricSummary
from vlmhb.metrics.aggregation.groupings import STANDARD, groupings_of, macro_groupings_of
from vlmhb.report.figures.leaderboard import Leaderboard, Table
from vlmhb.report.figures.ranking import ranked_value

SHADES = 10
MEAN = "mean of the groups"
TITLES = {
    "by_doc_type": "by document class",
    "by_language": "by language",
    "by_doc_question": "by field",
}


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One figure and its shade."""

    summary: MetricSummary | None
    shade: int | None
    """0 (worst) to 10 (best), with failures counted as wrong; None without a figure."""


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A group and its figure for each model."""

    group: tuple[str, ...]
    """Empty for the mean of the groups above it."""
    cells: tuple[HeatCell, ...]

    @property
    def title(self) -> str:
        """The group's values in words."""
        return " / ".join(value or "not said" for value in self.group) or MEAN

    @property
    def n_total(self) -> int:
        """Samples, or what the metric counts instead."""
        return max((cell.summary.n_total for cell in self.cells if cell.summary), default=0)


@dataclass(frozen=True, slots=True)
class Heatmap:
    """One metric of one task, groups down and models across."""

    task: str
    metric: str
    direction: Direction
    scale: float
    """What the figures are shown times."""
    grouping: str
    models: tuple[str, ...]
    rows: tuple[HeatRow, ...]

    @property
    def title(self) -> str:
        """What the groups are."""
        keys = self.grouping.removeprefix("macro_").removeprefix("by_")
        return TITLES.get(self.grouping, f"by {keys.replace('+', ' and ')}")


def own_groupings(results: Results) -> tuple[str, ...]:
    """Names of the groupings that tasks add to the standard ones, each once."""
    names: dict[str, None] = {}
    for loaded in results.tasks:
        by = groupings_of(loaded.task)
        names |= dict.fromkeys(name for name in by if name not in STANDARD)
        macro = macro_groupings_of(loaded.task)
        names |= dict.fromkeys(name for name in macro if name.removeprefix("macro_") not in by)
    return tuple(names)


def heatmaps(results: Results, board: Leaderboard, groupings: Sequence[str]) -> tuple[Heatmap, ...]:
    """Table by table, one for each kind of groups that it has, for its first metric."""
    maps = (
        _heatmap(results.summaries, table, grouping)
        for table in board.tables
        for grouping in groupings
    )
    return tuple(heatmap for heatmap in maps if heatmap.rows)


def _heatmap(summaries: Sequence[MetricSummary], table: Table, grouping: str) -> Heatmap:
    metric, direction, scale = table.metrics[0], table.directions[0], table.scales[0]
    models = tuple(row.model for row in table.rows)
    found = {
        (summary.group, summary.model): summary
        for summary in summaries
        if (summary.task, summary.metric) == (table.task, metric)
        and summary.grouping in (grouping, f"macro_{grouping}")
        and summary.model in models
    }
    # The mean of the groups has no group of its own, and comes last.
    groups = sorted({group for group, _ in found}, key=lambda group: (not group, group))
    top = max((ranked_value(summary) or 0.0 for summary in found.values()), default=0.0)
    rows = []
    for group in groups:
        figures = [found.get((group, model)) for model in models]
        cells = (HeatCell(figure, _shade(figure, direction, top)) for figure in figures)
        rows.append(HeatRow(group, tuple(cells)))
    return Heatmap(table.task, metric, direction, scale, grouping, models, tuple(rows))


def _shade(summary: MetricSummary | None, direction: Direction, top: float) -> int | None:
    """Error rates go by their root: 0.02 and 0.10 differ more in use than 0.72 and 0.80."""
    value = None if summary is None else ranked_value(summary)
    if value is None:
        return None
    if direction is Direction.LOWER:
        return round(SHADES * (1 - math.sqrt(min(1.0, max(0.0, value)))))
    return round(SHADES * max(0.0, value) / max(1.0, top))
