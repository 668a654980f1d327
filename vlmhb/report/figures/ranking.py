"""Ranks and marks of the figures of one column."""

from collections import defaultdict
from collections.abc import Mapping
from enum import Enum
from typing import TypeAlias

from vlmhb.domain.score import Direction, MetricSummary
from vlmhb.report.numbers import finite

Column: TypeAlias = Mapping[str, MetricSummary | None]
"""Model -> its figure; None where the metric was not computed for it."""
NOBODY_SCORED = "no rank: no answer of any model was scored"


class Mark(str, Enum):
    """What a figure is worth beside the others of its column."""

    NONE = ""
    BEST = "best"
    TIED = "tied"
    """Its interval overlaps the best one's: the difference may be chance."""


def ranked_value(summary: MetricSummary) -> float | None:
    """The figure that decides the order: failed samples count as wrong."""
    if summary.value_failed_as_wrong is None:
        return summary.value
    return summary.value_failed_as_wrong


def comparable(column: Column) -> tuple[dict[str, MetricSummary], dict[str, str]]:
    """The figures that can be ranked, and why each other one cannot, by model.

    Unscored samples are in no figure. So a figure that leaves out more of them than another one
    of its column is over fewer samples, and saying nothing about the hard ones must not pay.
    """
    known = {name: s for name, s in column.items() if s is not None and s.n_total}
    if not any(summary.n_scored for summary in known.values()):
        return {}, dict.fromkeys(known, NOBODY_SCORED)
    fewest = min(summary.n_unscored for summary in known.values())
    held_back = {
        name: f"no rank: {s.n_unscored - fewest} more unscored than another model"
        for name, s in known.items()
        if s.n_unscored > fewest
    }
    return {name: s for name, s in known.items() if name not in held_back}, held_back


def ordered(column: Column) -> list[tuple[str, int | None]]:
    """(model, rank), best first; equal figures share a rank, models without one come last."""
    losses = {name: _loss(summary) for name, summary in comparable(column)[0].items()}
    known = sorted(loss for loss in losses.values() if loss is not None)
    ranks = {
        name: None if (loss := losses.get(name)) is None else known.index(loss) + 1
        for name in column
    }
    return sorted(ranks.items(), key=lambda item: item[1] or len(ranks) + 1)


def marked(column: Column) -> dict[str, Mark]:
    """The best figure of a column and those whose interval overlaps the best one's.

    Nothing is the best where all figures are equal. A model without a value has no mark, though
    its failures may have a rank.
    """
    ranked, _ = comparable(column)
    by_loss: defaultdict[float, list[str]] = defaultdict(list)
    for name, summary in ranked.items():
        if (loss := _loss(summary)) is not None:
            by_loss[loss].append(name)
    if len(by_loss) < 2:
        return {}
    best = by_loss[min(by_loss)]
    marks = {name: Mark.BEST for name in best if ranked[name].value is not None}
    for name, summary in ranked.items():
        if name not in best and any(_overlap(ranked[other], summary) for other in best):
            marks[name] = Mark.TIED
    return marks


def _loss(summary: MetricSummary) -> float | None:
    """The ranked value with its sign chosen so that less is better.

    Rounded as it is written down: figures that differ in their last bits alone are equal.
    """
    value = finite(ranked_value(summary))
    if value is None:
        return None
    return value if summary.direction is Direction.LOWER else -value


def _overlap(one: MetricSummary, other: MetricSummary) -> bool:
    """Whether two figures may be equal.

    Intervals leave failed samples out, so a figure that failures change is never called a tie.
    """
    spans = []
    for summary in (one, other):
        if ranked_value(summary) != summary.value:
            return False
        if summary.ci_low is None or summary.ci_high is None:
            return False
        spans.append((summary.ci_low, summary.ci_high))
    (one_low, one_high), (other_low, other_high) = spans
    return one_low <= other_high and other_low <= one_high
