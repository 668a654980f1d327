"""How much a figure would move if the documents had been other ones of the same kind."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from vlmhb.domain.digest import Json, sha256_of

RESAMPLES = 2000
FEWEST_DOCUMENTS = 5
"""Fewer of them say too little about others: of intervals from two, most miss the true figure."""
DRAWS_AT_ONCE = 400_000
"""Bounds the memory to about 12 MB, however many documents there are."""

Interval: TypeAlias = tuple[float, float]
Resampled: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""A figure over drawn documents: takes how often each was drawn, shape (draws, documents), and
gives one value for each draw, NaN where there is none."""


def generator(*key: Json) -> np.random.Generator:
    """Random numbers that depend on `key` alone, the same on every machine."""
    return np.random.Generator(np.random.PCG64(int(sha256_of(key), 16)))


def bootstrap_intervals(
    documents: int, figures: Sequence[Resampled], random: np.random.Generator
) -> list[Interval | None]:
    """The middle 95 % of each figure over documents drawn with replacement.

    None below `FEWEST_DOCUMENTS`, and for a figure that has no value in any draw. Whole documents
    are drawn because pages and questions of one document are not independent: drawing samples would
    give an interval that is too narrow. All figures see the same draws, because drawing is what
    takes the time.
    """
    if documents < FEWEST_DOCUMENTS:
        return [None] * len(figures)
    values = np.empty((len(figures), RESAMPLES))
    start = 0
    for drawn in draws(documents, random):
        for row, figure in zip(values, figures, strict=True):
            row[start : start + len(drawn)] = figure(drawn)
        start += len(drawn)
    return list(map(_middle, values))


def draws(documents: int, random: np.random.Generator) -> Iterator[NDArray[np.float64]]:
    """How often each document was drawn: rows of `documents` numbers, `RESAMPLES` in all."""
    step = max(1, DRAWS_AT_ONCE // documents)
    for start in range(0, RESAMPLES, step):
        rows = min(step, RESAMPLES - start)
        drawn = random.integers(0, documents, size=(rows, documents), dtype=np.int32)
        drawn += np.arange(0, rows * documents, documents, dtype=np.int32)[:, np.newaxis]
        counts = np.bincount(drawn.ravel(), minlength=rows * documents)
        yield counts.reshape(rows, documents).astype(np.float64)


def _middle(values: NDArray[np.float64]) -> Interval | None:
    known = values[~np.isnan(values)]
    if not known.size:
        return None
    low, high = np.quantile(known, (0.025, 0.975))
    return float(low), float(high)
