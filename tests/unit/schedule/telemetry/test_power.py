"""Energy is what the card counted, else power times time, and never a guess for time unseen."""

import pytest

from vlmhb.schedule.telemetry.power import Power
from vlmhb.system.gpu_counters import GpuCounters

J_PER_WH = 3600.0


def looked_at(*looks: tuple[float, float, GpuCounters]) -> Power:
    """At seconds of a life and of answering."""
    power = Power()
    for at_s, answering_s, gpu in looks:
        power.see(at_s, answering_s, gpu)
    return power


def counter(energy_j: float | None, power_w: float | None = None) -> GpuCounters:
    return GpuCounters(energy_j=energy_j, power_w=power_w)


def test_the_cards_own_counter_wins_over_power():
    power = looked_at((0.0, 0.0, counter(500.0, 1.0)), (10.0, 10.0, counter(4100.0, 1.0)))

    assert 1.0 == power.energy_wh(10.0) == power.answering_energy_wh(10.0)
    assert 360.0 == power.mean_w
    assert "counter" == power.source


def test_without_a_counter_power_is_integrated_over_time():
    power = looked_at(
        (0.0, 0.0, counter(None, 100.0)),
        (10.0, 10.0, counter(None, 300.0)),
        (20.0, 20.0, counter(None, 300.0)),
    )

    assert (200.0 * 10 + 300.0 * 10) / J_PER_WH == power.energy_wh(20.0)
    assert "power" == power.source


def test_a_counter_that_begins_anew_takes_nothing_away():
    power = looked_at(
        (0.0, 0.0, counter(9000.0, 100.0)),
        (10.0, 0.0, counter(10000.0, 100.0)),
        (20.0, 0.0, counter(7.0, 100.0)),
        (30.0, 0.0, counter(1007.0, 100.0)),
    )

    assert 3000.0 / J_PER_WH == power.energy_wh(30.0)
    assert "counter and power" == power.source


def test_a_reset_that_power_does_not_bridge_leaves_energy_untold():
    power = looked_at(*((at_s, 0.0, counter(7.0 - at_s)) for at_s in (0.0, 5.0, 10.0)))

    assert power.energy_wh(10.0) is None
    assert "" == power.source


def test_energy_of_loading_is_told_apart_from_that_of_answering():
    power = looked_at(
        (0.0, 0.0, counter(0.0)),
        (10.0, 0.0, counter(1000.0)),
        (20.0, 5.0, counter(5000.0)),
    )

    assert 5000.0 / J_PER_WH == power.energy_wh(20.0)
    assert 2000.0 / J_PER_WH == power.answering_energy_wh(5.0)
    assert 400.0 == power.mean_w


def test_work_is_the_mean_over_the_time_of_answering():
    looks = [(0.0, 0.0, 1.0), (10.0, 0.0, 1.0), (20.0, 10.0, 0.2), (30.0, 20.0, 0.6)]

    power = looked_at(*((at, duty, GpuCounters(utilisation=u)) for at, duty, u in looks))

    assert power.mean_utilisation == pytest.approx(0.4)


@pytest.mark.parametrize(("alive_s", "is_told"), [(10.0, True), (11.0, True), (12.0, False)])
def test_energy_is_not_told_when_the_card_was_lost_on_the_way(alive_s: float, is_told: bool):
    power = looked_at(
        (0.0, 0.0, counter(0.0, 50.0)),
        (10.0, 10.0, counter(500.0, 50.0)),
        (11.0, 11.0, GpuCounters(problem="GPU is lost")),
        (alive_s, alive_s, GpuCounters()),
    )

    assert is_told is (power.energy_wh(alive_s) is not None)
    assert is_told is (power.answering_energy_wh(alive_s) is not None)
    assert 50.0 == power.mean_w


def test_a_card_that_tells_nothing_has_no_figures():
    power = looked_at((0.0, 0.0, GpuCounters()), (10.0, 10.0, GpuCounters()))

    assert (None, None, None, "") == (
        power.energy_wh(10.0),
        power.mean_w,
        power.mean_utilisation,
        power.source,
    )


def test_a_card_that_tells_energy_alone_has_the_power_that_follows_from_it():
    power = looked_at((0.0, 0.0, counter(0.0)), (2.0, 0.0, counter(600.0)))

    assert 300.0 == power.last_w
