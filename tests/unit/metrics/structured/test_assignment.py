import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.optimize import linear_sum_assignment

from vlmhb.metrics.structured.assignment import best_total

GAINS = arrays.arrays(
    float, st.tuples(st.integers(1, 7), st.integers(1, 7)), elements=st.integers(0, 9).map(float)
)


@settings(deadline=None)
@given(GAINS)
def test_the_total_is_the_best_one(gains):
    rows, columns = linear_sum_assignment(gains, maximize=True)

    assert gains[rows, columns].sum() == best_total(gains)


@pytest.mark.parametrize("seed", range(200))
def test_the_total_is_the_best_one_of_larger_tables(seed):
    random = np.random.default_rng(seed)
    gains = random.integers(0, 12, random.integers(5, 12, 2)).astype(float)
    rows, columns = linear_sum_assignment(gains, maximize=True)

    assert gains[rows, columns].sum() == best_total(gains)


def test_nothing_gains_nothing():
    assert best_total(np.zeros((0, 3))) == 0
