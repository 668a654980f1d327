"""A worker's figures grow with what is seen of it, and what nobody saw stays unmeasured."""

import pytest

from vlmhb.domain.telemetry import Reading, WorkerTotals
from vlmhb.schedule.telemetry.meter import Meter, Moment
from vlmhb.system.gpu_counters import GpuCounters
from vlmhb.system.process_tree import TreeUse

GIB = 1 << 30
CARD = GpuCounters(
    used_bytes=9 * GIB,
    by_process={7: 5 * GIB, 8: GIB, 99: 3 * GIB},
    utilisation=0.5,
    power_w=200.0,
    temperature_c=60,
    throttling=frozenset({"power_cap"}),
)


def tree(cpu_s: float = 1.0, rss_bytes: int = 100, pids: tuple[int, ...] = (6, 7, 8)) -> TreeUse:
    return TreeUse(cpu_s, rss_bytes, frozenset(pids))


def test_a_reading_tells_of_the_time_since_the_last_one():
    meter = Meter()
    meter.see(Moment(1.0), tree(cpu_s=3.0), CARD)

    reading = meter.see(Moment(3.0), tree(cpu_s=4.0), CARD)

    assert reading == Reading(
        at_s=3.0,
        over_s=2.0,
        vram_bytes=9 * GIB,
        process_vram_bytes=6 * GIB,
        utilisation=0.5,
        power_w=200.0,
        temperature_c=60,
        throttling=("power_cap",),
        cpu_cores=0.5,
        rss_bytes=100,
    )


def test_totals_keep_the_highest_and_all_reasons():
    meter = Meter()
    meter.see(Moment(1.0), tree(rss_bytes=300), CARD)
    cooler = GpuCounters(used_bytes=GIB, temperature_c=50, throttling=frozenset({"sync_boost"}))
    meter.see(Moment(2.0), tree(rss_bytes=200), cooler)

    totals = meter.totals(Moment(2.0))

    assert (300, 9 * GIB, 6 * GIB, 60, ("power_cap", "sync_boost")) == (
        totals.peak_rss_bytes,
        totals.peak_vram_bytes,
        totals.peak_process_vram_bytes,
        totals.max_temperature_c,
        totals.throttling,
    )


def test_cpu_time_that_vanishes_with_a_process_is_not_taken_back():
    meter = Meter()
    for at_s, cpu_s in ((1.0, 5.0), (2.0, 2.0), (3.0, 2.5)):
        meter.see(Moment(at_s), tree(cpu_s=cpu_s), None)

    assert 5.5 == meter.totals(Moment(3.0)).cpu_s


def test_a_process_that_one_look_misses_is_not_counted_twice():
    """It ended after its parent was read and before it was: then its parent has its seconds."""
    meter = Meter()
    meter.see(Moment(1.0), tree(cpu_s=500.0), None)
    missed = meter.see(Moment(2.0), tree(cpu_s=2.0), None)
    found = meter.see(Moment(3.0), tree(cpu_s=501.0), None)

    assert 501.0 == meter.totals(Moment(3.0)).cpu_s
    assert (None, 0.5) == (missed.cpu_cores, found.cpu_cores)


def test_a_moment_too_short_for_the_kernels_clock_tells_no_cores_and_loses_none():
    meter = Meter()
    short = meter.see(Moment(0.1), tree(cpu_s=0.1), None)
    later = meter.see(Moment(1.0), tree(cpu_s=1.0), None)

    assert (None, 1.0) == (short.cpu_cores, later.cpu_cores)


@pytest.mark.parametrize(
    "by_process",
    [{}, {99: GIB}, {7: None}, {7: GIB, 8: None}],
    ids=["nobody", "others", "untold", "partly untold"],
)
def test_memory_that_cannot_be_given_to_the_worker_is_not_zero(by_process: dict[int, int | None]):
    meter = Meter()

    reading = meter.see(Moment(1.0), tree(), GpuCounters(used_bytes=GIB, by_process=by_process))

    assert reading.process_vram_bytes is None
    assert meter.totals(Moment(1.0)).peak_process_vram_bytes is None


def test_a_worker_that_could_not_be_looked_at_has_its_times_alone():
    meter = Meter()
    meter.see(Moment(1.0, 0.5), None, None)

    assert WorkerTotals(alive_s=2.0, answering_s=1.0) == meter.totals(Moment(2.0, 1.0))


def test_the_first_problem_of_its_gpu_is_kept():
    meter = Meter()
    for at_s, problem in ((1.0, "GPU is lost"), (2.0, "another")):
        meter.see(Moment(at_s), tree(), GpuCounters(problem=problem))

    assert "GPU is lost" == meter.totals(Moment(2.0)).gpu_problem
