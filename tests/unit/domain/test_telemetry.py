"""Readings that follow each other are told as one, and no figure becomes another by it."""

import math

from hypothesis import given
from hypothesis import strategies as st

from vlmhb.domain.telemetry import Reading, merged, thinned

GIB = 1 << 30


def test_peaks_stay_peaks_and_means_weigh_by_time():
    one = merged(
        [
            Reading(1.0, 1.0, 4 * GIB, 3 * GIB, 0.25, 100.0, 40, ("power_cap",), 1.0, 70),
            Reading(4.0, 3.0, 2 * GIB, 1 * GIB, 0.75, 300.0, 60, ("user_clocks",), 2.0, 50),
        ]
    )

    assert one == Reading(
        4.0, 4.0, 4 * GIB, 3 * GIB, 0.625, 250.0, 60, ("power_cap", "user_clocks"), 1.75, 70
    )


def test_what_one_reading_lacks_counts_as_unmeasured_and_not_as_zero():
    one = merged([Reading(1.0, 1.0), Reading(2.0, 1.0, power_w=300.0, throttling=())])

    assert one == Reading(2.0, 2.0, power_w=300.0, throttling=())


def test_readings_over_no_time_keep_what_they_saw():
    assert merged([Reading(0.0, 0.0, utilisation=0.5)]) == Reading(0.0, 0.0, utilisation=0.5)


def test_a_short_life_is_told_as_it_is():
    readings = tuple(Reading(float(second), 1.0) for second in range(1, 4))

    assert readings == thinned(readings, 3)
    assert () == thinned((), 3)


@given(
    st.lists(st.tuples(st.floats(0.001, 900.0), st.none() | st.integers(0, 90 * GIB)), max_size=60),
    st.integers(1, 20),
)
def test_a_long_life_is_told_in_few_readings_of_the_same_length_and_peak(
    steps: list[tuple[float, int | None]], most: int
):
    at_s, readings = 0.0, []
    for over_s, used in steps:
        at_s += over_s
        readings.append(Reading(at_s, over_s, vram_bytes=used))

    told = thinned(readings, most)

    assert len(told) <= most
    assert math.isclose(sum(one.over_s for one in told), at_s, abs_tol=1e-9)
    assert sorted(one.at_s for one in told) == [one.at_s for one in told]
    peaks = [
        max((one.vram_bytes for one in side if one.vram_bytes is not None), default=None)
        for side in (readings, told)
    ]
    assert peaks[0] == peaks[1]
