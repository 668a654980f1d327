from hypothesis import given
from hypothesis import strategies as st

from vlmhb.domain.telemetry import Reading
from vlmhb.report.charts.downsample import Curve, curve_of

LENGTHS = st.lists(st.floats(0.1, 100), min_size=1, max_size=60)


def readings(lengths_s: list[float], figures: list[float | None]) -> list[Reading]:
    made, at_s = [], 0.0
    for over_s, figure in zip(lengths_s, figures, strict=True):
        at_s += over_s
        made.append(Reading(at_s, over_s, power_w=figure))
    return made


def power(reading: Reading) -> float | None:
    return reading.power_w


@given(LENGTHS, st.data(), st.integers(1, 30))
def test_no_point_is_beyond_what_was_read(lengths_s, data, most):
    figures = data.draw(
        st.lists(st.none() | st.floats(0, 500), min_size=len(lengths_s), max_size=len(lengths_s))
    )
    known = [figure for figure in figures if figure is not None]

    peaks = curve_of(readings(lengths_s, figures), power, is_peak=True, most=most)
    means = curve_of(readings(lengths_s, figures), power, is_peak=False, most=most)

    assert len(peaks.figures) <= most
    assert bool(known) == bool(peaks.figures)
    if known:
        assert max(known) == max(peaks.figures)
        assert min(known) - 1e-9 <= min(means.figures) <= max(means.figures) <= max(known) + 1e-9


@given(LENGTHS, st.integers(1, 30))
def test_times_go_on_and_end_with_the_last_reading(lengths_s: list[float], most: int):
    taken = readings(lengths_s, [1.0] * len(lengths_s))

    (run,) = curve_of(taken, power, is_peak=False, most=most).runs

    times = [at_s for at_s, _ in run]
    assert sorted(set(times)) == times
    assert taken[-1].at_s == times[-1]


def test_a_mean_weighs_readings_by_the_time_they_cover():
    taken = readings([1.0, 9.0], [100.0, 200.0])

    assert (190.0,) == curve_of(taken, power, is_peak=False, most=1).figures


def test_what_was_not_measured_is_a_gap_and_not_zero():
    taken = readings([1.0] * 5, [10.0, 20.0, None, 30.0, None])

    curve = curve_of(taken, power, is_peak=False, most=5)

    assert (((1.0, 10.0), (2.0, 20.0)), ((4.0, 30.0),)) == curve.runs


def test_a_figure_that_nobody_measured_has_no_curve():
    assert Curve(()) == curve_of(readings([1.0], [None]), power, is_peak=False, most=5)
    assert Curve(()) == curve_of([], power, is_peak=False, most=5)
