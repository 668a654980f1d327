import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmhb.metrics.paired.holm import holm


def test_the_smallest_p_is_multiplied_by_all_tests_and_later_ones_never_fall_below_it():
    # 0.01 * 4, then 0.02 * 3, then 0.03 * 2 -> held at 0.06, then 0.5 * 1.
    assert pytest.approx((0.06, 0.04, 0.5, 0.06)) == holm((0.02, 0.01, 0.5, 0.03))


def test_no_adjusted_p_is_above_one_and_what_was_not_tested_counts_for_nothing():
    assert (None, 1.0, 1.0, None) == holm((None, 0.9, 0.6, None))


@given(st.lists(st.floats(0, 1) | st.none()))
def test_adjusting_never_makes_a_p_smaller_and_keeps_the_order(values: list[float | None]):
    adjusted = holm(values)

    pairs = sorted((p, q) for p, q in zip(values, adjusted, strict=True) if p is not None and q)
    assert all(p <= q <= 1 for p, q in pairs)
    assert sorted(q for _, q in pairs) == [q for _, q in pairs]
