import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmhb.report.charts.axis import WIDE, axis_over

FIGURES = st.lists(
    st.floats(-1e12, 1e12).map(lambda figure: float(f"{figure:.10g}")),
    max_size=20,
)


@given(FIGURES, st.booleans())
def test_every_figure_lies_on_its_axis(figures: list[float], from_zero: bool):
    axis = axis_over(figures, from_zero=from_zero)

    assert axis.start < axis.end
    assert all(-1e-9 <= axis.share(figure) <= 1 + 1e-9 for figure in figures)


@given(FIGURES, st.booleans())
def test_ticks_are_few_different_and_on_the_axis(figures: list[float], from_zero: bool):
    axis = axis_over(figures, from_zero=from_zero)

    reach = (axis.end - axis.start) * 1e-3
    assert 1 <= len(axis.ticks) <= 13
    assert all(axis.start - reach <= tick <= axis.end + reach for tick in axis.ticks)
    assert all(one < other for one, other in itertools.pairwise(axis.ticks))


def test_a_wide_span_is_logarithmic_and_a_narrow_one_starts_at_zero():
    wide = axis_over([0.05, 0.05 * WIDE], from_zero=True)
    narrow = axis_over([0.5, 2.0], from_zero=True)

    assert wide.is_log
    assert pytest.approx(0.5) == wide.share((wide.start * wide.end) ** 0.5)
    assert (False, 0.0) == (narrow.is_log, narrow.start)
    assert (0.0, 0.5, 1.0, 1.5, 2.0) == narrow.ticks


def test_a_zero_among_wide_figures_keeps_the_axis_linear():
    assert not axis_over([0.0, 0.01, 500.0], from_zero=True).is_log


def test_quality_is_not_squeezed_by_a_zero_that_is_far_away():
    axis = axis_over([0.91, 0.95], from_zero=False)

    assert axis.start > 0.9
