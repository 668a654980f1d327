"""Whether a difference may be chance: what it would be with the sides of documents swapped."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vlmhb.metrics.aggregation.statistics import DRAWS_AT_ONCE, Resampled

MOST_SWAPS = 9_999
FEWEST_SWAPS = 1_999
SWAPPED_DOCUMENTS = 50_000_000
"""Bounds the time to seconds: with more than 5,000 documents there are fewer swaps."""
ALIKE = 1e-10
"""Of a figure: differences that differ by less are equal, for sums in another order do, too."""


def swap_p_value(
    figure: Resampled, documents: int, random: np.random.Generator, most: int = MOST_SWAPS
) -> float:
    """The share of swaps after which two sides differ at least as much as they do, two-sided.

    Takes the figure over `1 + documents` of one side and then as many of the other; the first of
    each stands for what is equal on both and is never swapped. Were the sides alike, each document
    could as well have had its results the other way round: so whole documents are swapped. All
    ways are tried where these are few, so that nothing is left to chance.
    """
    a, b = map(
        np.concatenate,
        zip(*(_sides(figure, swapped) for swapped in _swaps(documents, random, most)), strict=True),
    )
    slack = ALIKE * max(abs(a[0]), abs(b[0]))
    with np.errstate(invalid="ignore"):
        # What has no figure after a swap counts against a finding.
        extreme = ~(np.abs(b - a) < abs(b[0] - a[0]) - slack)
    return float(extreme.mean())


def _sides(
    figure: Resampled, swapped: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    kept = 1 - swapped
    return (
        figure(np.concatenate((kept, swapped), axis=1)),
        figure(np.concatenate((swapped, kept), axis=1)),
    )


def _swaps(documents: int, random: np.random.Generator, most: int) -> Iterator[NDArray[np.float64]]:
    """Rows of 0 and 1, the first without a swap, which is one of the ways, too."""
    step = max(1, DRAWS_AT_ONCE // (documents + 1))
    if documents < most.bit_length():
        ways = np.arange(2**documents)[:, np.newaxis] >> np.arange(documents) & 1
        yield _with_first(ways)
        return
    yield np.zeros((1, documents + 1))
    rows = max(min(most, FEWEST_SWAPS), min(most, SWAPPED_DOCUMENTS // documents))
    for start in range(0, rows, step):
        shape = (min(step, rows - start), documents)
        yield _with_first(random.integers(0, 2, size=shape, dtype=np.int8))


def _with_first(swapped: NDArray[np.integer]) -> NDArray[np.float64]:
    return np.pad(swapped.astype(np.float64), ((0, 0), (1, 0)))
