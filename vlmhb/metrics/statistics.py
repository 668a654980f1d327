"""How much a figure would move if the documents had been other ones of the same kind."""

import numpy as np
from numpy.typing import NDArray

from vlmhb.domain.digest import Json, sha256_of

RESAMPLES = 2000
DRAWS_AT_ONCE = 500_000
"""Bounds the memory to about 10 MB, however many documents there are."""


def generator(*key: Json) -> np.random.Generator:
    """Random numbers that depend on `key` alone, the same on every machine."""
    return np.random.Generator(np.random.PCG64(int(sha256_of(key), 16)))


def bootstrap_interval(
    numerators: NDArray[np.float64],
    denominators: NDArray[np.float64],
    random: np.random.Generator,
) -> tuple[float, float] | None:
    """The middle 95 % of the value over documents drawn with replacement.

    Takes one numerator and one denominator per document; None below two documents. Whole
    documents are drawn because pages and questions of one document are not independent: drawing
    samples would give an interval that is too narrow.
    """
    documents = numerators.size
    if documents < 2:
        return None
    values = np.empty(RESAMPLES)
    step = max(1, DRAWS_AT_ONCE // documents)
    for start in range(0, RESAMPLES, step):
        chunk = values[start : start + step]
        drawn = random.integers(0, documents, size=(chunk.size, documents), dtype=np.int32)
        chunk[:] = numerators.take(drawn).sum(axis=1) / denominators.take(drawn).sum(axis=1)
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)
