"""Sums to figures, for a group and for the mean of several groups."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from vlmhb.domain.score import Unscored
from vlmhb.metrics.aggregation.column import Column
from vlmhb.metrics.aggregation.statistics import DRAWS_AT_ONCE
from vlmhb.metrics.attempt import attempt
from vlmhb.metrics.interface import CorpusMetric, Metric

Figures: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Figures of sums: takes shape (..., sums), gives shape (...), NaN where there is none."""


def figures_of(metric: Metric) -> Figures:
    """How `metric` makes figures of what it adds up."""
    return metric.figures if isinstance(metric, CorpusMetric) else ratio


def ratio(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """The first number over the second."""
    values: NDArray[np.float64] = sums[..., 0] / sums[..., 1]
    return values


def figured(figures: Figures, sums: NDArray[np.float64]) -> NDArray[np.float64] | Unscored:
    """What `figures` makes of `sums`, NaN for what is not finite, or why that went wrong."""

    def call() -> NDArray[np.float64]:
        with np.errstate(all="ignore"):
            found = np.asarray(figures(sums), dtype=np.float64)
        if found.shape != sums.shape[:-1]:
            raise ValueError(f"figures of shape {found.shape} for sums of shape {sums.shape}")
        return np.where(np.isfinite(found), found, np.nan)

    return attempt(call)


def or_nan(values: NDArray[np.float64] | Unscored, rows: int) -> NDArray[np.float64]:
    """`values`, or as many NaN."""
    return np.full(rows, np.nan) if isinstance(values, Unscored) else values


FEW = 8
"""Documents in a group; below it, groups are so many that going through them takes longer."""


@dataclass(frozen=True, slots=True)
class GroupFigure:
    """The figure of one group over drawn documents."""

    figures: Figures
    sums: NDArray[np.float64]
    """A row for each sum, with a column for each document."""

    def __call__(self, drawn: NDArray[np.float64]) -> NDArray[np.float64]:
        """One value per row of `drawn`."""
        # Row by row: the product of two matrices would start threads, which take a hundred
        # times as long where other work keeps the cores busy, and its last bits depend on shapes.
        sums = np.stack([drawn @ row for row in self.sums], axis=-1)
        return or_nan(figured(self.figures, sums), len(drawn))


@dataclass(frozen=True, slots=True)
class MeanFigure:
    """The unweighted mean of the figures of groups over drawn documents."""

    figures: Figures
    sums: NDArray[np.float64]
    """A row for each sum, with a column for each group and document in it, by group."""
    places: NDArray[np.intp]
    """The document of each column, as an index into the columns of what is drawn."""
    starts: NDArray[np.intp]
    """The first column of each group; each has one."""

    def __call__(self, drawn: NDArray[np.float64]) -> NDArray[np.float64]:
        """One value per row of `drawn`: the mean over the groups that have a figure in it."""
        step = max(1, DRAWS_AT_ONCE // max(len(self.places), len(self.sums)))
        parts = [self._means(drawn[start : start + step]) for start in range(0, len(drawn), step)]
        return np.concatenate(parts)

    def _means(self, drawn: NDArray[np.float64]) -> NDArray[np.float64]:
        picked = drawn[:, self.places]
        sums = np.stack([self._by_group(picked, row) for row in self.sums], axis=-1)
        values = figured(self.figures, sums)
        if isinstance(values, Unscored):
            return np.full(len(drawn), np.nan)
        present = self._by_group(picked, np.ones(len(self.places))) > 0
        return mean_of(np.where(present, values, np.nan))

    def _by_group(
        self, picked: NDArray[np.float64], row: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        if len(self.places) < FEW * len(self.starts):
            sums: NDArray[np.float64] = np.add.reduceat(picked * row, self.starts, axis=1)
            return sums
        ends = np.append(self.starts[1:], len(self.places))
        slices = [slice(start, end) for start, end in zip(self.starts, ends, strict=True)]
        return np.stack([picked[:, part] @ row[part] for part in slices], axis=-1)


def mean_figure(
    figures: Figures, groups: Sequence[Column], documents: NDArray[np.intp]
) -> MeanFigure:
    """The mean over `groups`, one of them scored at least; drawn are `documents`, in order."""
    parts = [part for part in (group.by_document() for group in groups) if part[0].size]
    return MeanFigure(
        figures,
        sums=np.concatenate([sums for _, sums in parts], axis=1),
        places=np.searchsorted(documents, np.concatenate([names for names, _ in parts])),
        starts=np.cumsum([0, *(names.size for names, _ in parts[:-1])]),
    )


def mean_of(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means of the last axis without its NaN; NaN where there is nothing else."""
    known = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        means: NDArray[np.float64] = np.where(known, values, 0).sum(axis=-1) / known.sum(axis=-1)
    return means
