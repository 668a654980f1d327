"""Where the time of each GPU went."""

import pytest

from vlmhb.domain.telemetry import WorkerTelemetry, WorkerTotals
from vlmhb.report.figures.occupancy import busy_share, busy_words, occupancies


def worker(
    began_s: float | None,
    alive_s: float,
    answering_s: float,
    load_s: float = 1.0,
    *,
    gpu: str = "",
    more_gpus: tuple[str, ...] = (),
    segment: int = 0,
) -> WorkerTelemetry:
    totals = WorkerTotals(alive_s=alive_s, load_s=load_s, answering_s=answering_s)
    return WorkerTelemetry(
        "m", segment, 0, gpu=gpu, more_gpus=more_gpus, began_s=began_s, totals=totals
    )


def test_the_parts_of_a_gpus_time_add_up():
    places = occupancies(
        [
            worker(5, 10, 8, gpu="a"),
            worker(20, 30, 25, load_s=3, gpu="a"),
            worker(0, 60, 50, gpu="b"),
        ]
    )

    one, other = sorted(places, key=lambda place: place.gpu or "")
    assert ("a", 2, 60, 33, 4, 3, 5, 5, 10) == (
        one.gpu,
        one.workers,
        one.total_s,
        one.answering_s,
        one.loading_s,
        one.standby_s,
        one.before_s,
        one.between_s,
        one.after_s,
    )
    assert (0, 0, 9) == (other.before_s, other.after_s, other.standby_s)
    assert pytest.approx(83 / 120) == busy_share(places)


def test_a_model_on_two_gpus_keeps_both_busy():
    places = occupancies([worker(0, 10, 8, gpu="a", more_gpus=("b",))])

    assert [("a", 8), ("b", 8)] == [(one.gpu, one.answering_s) for one in places]


def test_workers_without_a_gpu_take_places_one_after_the_other():
    places = occupancies([worker(0, 10, 9), worker(0, 30, 20), worker(12, 5, 4)])

    assert [(2, 13), (1, 20)] == [(one.workers, one.answering_s) for one in places]


def test_only_gpus_count_where_there_are_any():
    places = occupancies([worker(0, 10, 10, gpu="a"), worker(0, 10, 1)])

    assert 1.0 == busy_share(places)


def test_the_latest_start_is_put_into_words():
    places = occupancies([worker(0, 10, 1, gpu="a"), worker(1, 9, 5, load_s=2, gpu="a", segment=1)])

    assert (
        "time of 1 GPU: answering 50 %, loading 20 %, on standby 20 %, "
        "before the first worker 10 %, between two 0.0 %, after the last 0.0 %"
    ) == busy_words(places)


def test_nothing_is_told_where_nobody_knows():
    places = occupancies([worker(None, 10, 5)])

    assert () == places
    assert busy_share(places) is None
    assert "" == busy_words(places)
