"""The figures of one metric over one group, before they get their interval."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vlmhb.domain.score import Unscored
from vlmhb.metrics.aggregation.column import Column
from vlmhb.metrics.aggregation.figures import (
    Figures,
    GroupFigure,
    figured,
    mean_figure,
    mean_of,
    ratio,
)
from vlmhb.metrics.aggregation.statistics import Interval, Resampled, bootstrap_intervals


@dataclass(frozen=True, slots=True)
class Line:
    """A metric over a group, or over several groups that count alike."""

    column: Column
    value: float | None
    value_failed_as_wrong: float | None
    macro: float | None
    documents: NDArray[np.intp]
    """Those behind `value`."""
    resampled: Resampled | None
    """`value` over drawn documents; None when there is no value."""


def group_line(figures: Figures, column: Column) -> Line:
    """The figures of the units in `column`."""
    values = _values(figures, column)
    if isinstance(values, Unscored):
        return _broken(column, values)
    documents, sums = column.by_document()
    resampled = None if values[0] is None else GroupFigure(figures, sums)
    # What a corpus metric makes of sums is another quantity than what it says of one sample.
    macro = column.macro() if figures is ratio else None
    return Line(column, *values, macro, documents, resampled)


def mean_line(figures: Figures, column: Column, groups: Sequence[Column]) -> Line:
    """The unweighted means of the figures of `groups`; `column` has the units of all of them.

    Groups without a figure are left out of the mean.
    """
    values = [_values(figures, group) for group in groups]
    for broken in values:
        if isinstance(broken, Unscored):
            return _broken(column, broken)
    table = np.array([value for value in values if not isinstance(value, Unscored)], dtype=float)
    means = [None if np.isnan(mean) else float(mean) for mean in mean_of(table.T)]
    # Not those of `column`: what is one unit there may be one in several groups, each of a
    # document of its own.
    documents = np.unique(np.concatenate([group.documents[group.scored] for group in groups]))
    resampled = None if means[0] is None else mean_figure(figures, groups, documents)
    return Line(column, means[0], means[1], None, documents, resampled)


def _values(figures: Figures, column: Column) -> tuple[float | None, float | None] | Unscored:
    """Over what is scored, and over that and the failures; None for a figure of nothing."""
    scored, judged = bool(column.scored.any()), bool((column.scored | column.failed).any())
    if not judged:
        return None, None
    values = figured(figures, column.totals())
    if isinstance(values, Unscored):
        return values
    value, failed_as_wrong = (None if np.isnan(each) else float(each) for each in values)
    return value if scored else None, failed_as_wrong


def _broken(column: Column, problem: Unscored) -> Line:
    column = column.unusable(problem.reason)
    return Line(column, None, None, None, np.zeros(0, dtype=np.intp), None)


def intervals_of(lines: Sequence[Line], random: np.random.Generator) -> list[Interval | None]:
    """The interval of each line's value; lines over the same documents see the same draws."""
    together: defaultdict[bytes, list[int]] = defaultdict(list)
    for place, line in enumerate(lines):
        if line.resampled is not None:
            together[line.documents.tobytes()].append(place)
    found: list[Interval | None] = [None] * len(lines)
    state = random.bit_generator.state
    for places in together.values():
        # From the start for each: no figure depends on which others are computed beside it.
        random.bit_generator.state = state
        figures = [line.resampled for line in (lines[place] for place in places) if line.resampled]
        intervals = bootstrap_intervals(lines[places[0]].documents.size, figures, random)
        for place, interval in zip(places, intervals, strict=True):
            found[place] = interval
    return found
