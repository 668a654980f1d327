import math

import pytest

from vlmhb.report.numbers import exact, finite, interval, percentile, seconds, short, times


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_a_number_that_does_not_exist_is_never_a_number(value: float | None):
    assert finite(value) is None
    assert "" == exact(value)
    assert "–" == short(value)
    assert "not measured" == seconds(value)


def test_exact_numbers_drop_the_bits_in_which_machines_differ():
    assert "0.3" == exact(0.1 + 0.2)
    assert "3" == exact(3.0)


def test_times_below_a_tenth_of_a_second_are_in_milliseconds():
    assert "31 ms" == seconds(0.0312)
    assert "1.24 s" == seconds(1.2399)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (-0.25, "-0.250"),
        (9.5, "9.500"),
        (12.345, "12.3"),
        (1531.24, "1531.2"),
        (-2800.0, "-2800.0"),
        (1e100, "1.000e+100"),
    ],
)
def test_large_numbers_have_fewer_decimals(value: float, expected: str):
    assert expected == short(value)


@pytest.mark.parametrize(
    ("value", "scale", "expected"),
    [
        (0.8514, 100.0, "85.1"),
        (0.00049, 100.0, "0.0"),
        (0.866, 1000.0, "866"),
        (1.0, 100.0, "100.0"),
        (0.5, 10.0, "5.00"),
        (0.5, 0.5, "0.250"),
        (1531.24, 0.5, "765.6"),
        (1e6, 100.0, "1.000e+08"),
        (-0.25, 100.0, "-25.0"),
    ],
)
def test_a_scale_moves_the_point_alone(value: float, scale: float, expected: str):
    assert expected == short(value, scale)


def test_a_scale_is_told_where_there_is_one():
    assert ["×100", "×0.5", ""] == [times(scale) for scale in (100.0, 0.5, 1.0)]


def test_an_interval_needs_both_ends():
    assert "0.100–0.200" == interval(0.1, 0.2)
    assert "10.0–20.0" == interval(0.1, 0.2, 100.0)
    assert "" == interval(0.1, None)


@pytest.mark.parametrize(("share", "expected"), [(0.5, 2.0), (0.95, 4.0), (0.0, 1.0)])
def test_a_percentile_is_one_of_the_values(share: float, expected: float):
    assert expected == percentile([4.0, 1.0, 3.0, 2.0], share)


def test_no_values_have_no_percentile():
    assert percentile([], 0.5) is None
