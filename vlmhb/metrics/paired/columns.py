"""The results of one metric on two sides, unit by unit."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vlmhb.metrics.aggregation.column import Column
from vlmhb.metrics.aggregation.figures import Figures
from vlmhb.metrics.aggregation.groups import Places
from vlmhb.metrics.aggregation.lines import Line, group_line, mean_line
from vlmhb.metrics.aggregation.summaries import Measured


class Both:
    """One metric on the same samples of two sides."""

    def __init__(self, a: Measured, b: Measured, *, failures_count: bool) -> None:
        self._sides = a, b
        self._failures_count = failures_count
        self.figures: Figures = a.figures

    def at(self, places: Places) -> tuple[Column, Column]:
        """The units of both sides, of which those count that are judged on both.

        Failures are judged where they count: at the metric's worst.
        """
        a, b = (side.units.at(places) for side in self._sides)
        counting = a.scored & b.scored
        if self._failures_count:
            counting = (a.scored | a.failed) & (b.scored | b.failed)
        return _only(a, counting), _only(b, counting)


def _only(column: Column, counting: NDArray[np.bool_]) -> Column:
    return replace(column, scored=counting, failed=np.zeros_like(counting))


def side_lines(both: Both, whole: Places, parts: tuple[Places, ...]) -> tuple[Line, Line]:
    """The figure of each side over `whole`; with `parts`, the mean of the figures over those."""
    a, b = both.at(whole)
    divided = [both.at(part) for part in parts]
    if not parts:
        return group_line(both.figures, a), group_line(both.figures, b)
    return (
        mean_line(both.figures, a, [one for one, _ in divided]),
        mean_line(both.figures, b, [other for _, other in divided]),
    )


def pooled_line(both: Both, whole: Places, parts: tuple[Places, ...]) -> tuple[Line, int]:
    """The figure over the documents of A and then those of B, and how many can be swapped.

    Documents that are equal on both sides are one, the first of each side: swapping them changes
    nothing, and most of them are equal where little was changed.
    """
    columns = [both.at(places) for places in (whole, *parts)]
    changed = np.unique(np.concatenate([_changed(a, b) for a, b in columns]))
    pools = [_pooled(a, b, changed, columns[0][0].sums.shape[1]) for a, b in columns]
    if not parts:
        return group_line(both.figures, pools[0]), changed.size
    return mean_line(both.figures, pools[0], pools[1:]), changed.size


def _changed(a: Column, b: Column) -> Places:
    """The documents with a unit that counts and is not the same on both sides."""
    counting = a.scored
    if not counting.any():
        return np.zeros(0, dtype=np.intp)
    differs = (a.sums[counting] != b.sums[counting]).any(axis=1)
    found: Places = a.documents[counting][differs]
    return found


def _pooled(a: Column, b: Column, changed: Places, width: int) -> Column:
    """What counts of both, and on each side one entry more, so that its first document is there."""
    documents = a.documents[a.scored]
    numbers = np.where(np.isin(documents, changed), 1 + np.searchsorted(changed, documents), 0)
    first = np.zeros(1, dtype=np.intp)
    sums = [np.pad(side.sums[a.scored].reshape(-1, width), ((1, 0), (0, 0))) for side in (a, b)]
    both = np.concatenate((first, numbers, first + 1 + changed.size, numbers + 1 + changed.size))
    return Column(
        np.concatenate(sums),
        np.full(both.size, np.nan),
        np.ones(both.size, dtype=np.bool_),
        np.zeros(both.size, dtype=np.bool_),
        both,
    )
