"""McNemar's exact test for answers that are right or wrong."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vlmhb.metrics.aggregation.column import Column


@dataclass(frozen=True, slots=True)
class McNemar:
    """What the units say that only one side has right."""

    only_a: int
    """Units with 1 of 1 in A and 0 of 1 in B."""
    only_b: int
    p: float


def mcnemar(a: Column, b: Column) -> McNemar | None:
    """The test over the units that count on both sides; None where one is not simply 0 or 1.

    It takes units as independent, which questions about one document are not.
    """
    one, other = _rightness(a), _rightness(b)
    if one is None or other is None:
        return None
    only_a, only_b = int((one & ~other).sum()), int((other & ~one).sum())
    return McNemar(only_a, only_b, exact_p(only_a, only_b))


def exact_p(only_a: int, only_b: int) -> float:
    """Two-sided: how often a fair coin gives a division as uneven as this one."""
    tosses = only_a + only_b
    ways = term = 1
    for heads in range(min(only_a, only_b)):
        term = term * (tosses - heads) // (heads + 1)
        ways += term
    # Of whole numbers, which may be too large for a float each.
    return min(1.0, 2 * ways / (1 << tosses))


def _rightness(column: Column) -> NDArray[np.bool_] | None:
    if not column.scored.any() or column.sums.shape[1] != 2:
        return None
    numerators, denominators = column.sums[column.scored].T
    if (denominators != 1).any() or ((numerators != 0) & (numerators != 1)).any():
        return None
    right: NDArray[np.bool_] = numerators == 1
    return right
