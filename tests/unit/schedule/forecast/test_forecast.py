"""What decides when a run ends, on runs that are small enough to be worked out by hand."""

import pytest

from tests.build import request
from vlmhb.domain.run import Request
from vlmhb.schedule.at_once import AtOnce
from vlmhb.schedule.forecast import Doing, Expected, Forecast, Unknown, forecast
from vlmhb.schedule.slots import Need, Slot, cpu_slots

GPU = Need(1)


def gpus(count: int) -> list[Slot]:
    return [Slot(f"gpu{number}", 80.0) for number in range(count)]


def asked(model: str, number: int) -> list[Request]:
    return [request(f"{model}-{n}", model) for n in range(number)]


def path_of(told: Forecast) -> list[tuple[str, str, float]]:
    return [(one.doing.value, one.name, one.seconds) for one in told.path]


def spent(told: Forecast, slot: str) -> dict[str, float]:
    (place,) = [one for one in told.places if one.slot == slot]
    found = {doing.value: place.seconds(doing) for doing in Doing}
    return {name: seconds for name, seconds in found.items() if seconds}


def test_what_comes_later_decides_whether_env_or_weights():
    one = Expected("m", "e", asked("m", 10), GPU, 50, 30, load_s=20, request_s=2)
    other = Expected("m", "e", asked("m", 10), GPU, 50, 80, load_s=20, request_s=2)

    env_last, weights_last = forecast([one], gpus(1)), forecast([other], gpus(1))

    assert [("build", "e", 50), ("load", "m", 20), ("answer", "m", 20)] == path_of(env_last)
    assert (90, 70) == (env_last.makespan_s, env_last.preparing_s)
    assert [("fetch", "m", 80), ("load", "m", 20), ("answer", "m", 20)] == path_of(weights_last)
    assert {"await env": 50, "await weights": 30, "load": 20, "answer": 20} == spent(
        weights_last, "gpu0"
    )
    assert 20 / 120 == pytest.approx(weights_last.busy)


def test_what_one_waits_for_is_followed_through_the_worker_before_it():
    """Too few requests for a second worker, one GPU: the second model waits for the first one."""
    models = [
        Expected("a", "ea", asked("a", 8), GPU, 10, 0, load_s=5, request_s=1),
        Expected("b", "eb", asked("b", 4), GPU, 10, 0, load_s=7, request_s=2),
    ]

    told = forecast(models, gpus(1))

    assert [
        ("build", "ea", 10),
        ("load", "a", 5),
        ("answer", "a", 8),
        ("load", "b", 7),
        ("answer", "b", 8),
    ] == path_of(told)
    assert [0, 0, 8, 0, 4] == [one.requests for one in told.path]
    assert {"await env": 10, "load": 12, "answer": 16} == spent(told, "gpu0")
    # With a second one, b loads when its own env is there, after that of a: 20 + 7 + 8.
    assert (38, 35) == (told.makespan_s, told.one_more_gpu_s)


def test_envs_are_built_one_after_another_and_so_are_weights_fetched():
    models = [
        Expected("a", "ea", asked("a", 1), GPU, 100, 0, load_s=1, request_s=1),
        Expected("b", "eb", asked("b", 1), GPU, 5, 90, load_s=1, request_s=1),
        Expected("c", "ea", asked("c", 1), GPU, 100, 30, load_s=1, request_s=1),
    ]

    told = forecast(models, gpus(3))

    assert [
        ("fetch", "b", 90),
        ("fetch", "c", 30),
        ("load", "c", 1),
        ("answer", "c", 1),
    ] == path_of(told)
    assert told.makespan_s == 122
    assert [("build", "ea", 100), ("build", "eb", 5)] == path_of(forecast(models[:2], gpus(3)))[:2]


def test_a_second_gpu_is_taken_where_another_load_pays_and_a_further_one_is_told():
    told = forecast([Expected("m", "e", asked("m", 100), GPU, load_s=10, request_s=1)], gpus(2))

    assert 60 == told.makespan_s
    assert 10 + 34 == told.one_more_gpu_s
    assert {"load": 10, "answer": 50} == spent(told, "gpu0") == spent(told, "gpu1")
    assert 50 / 60 == pytest.approx(told.busy)


def test_a_gpu_that_nobody_uses_is_idle_beside_one_that_is_used():
    told = forecast([Expected("m", "e", asked("m", 8), GPU, load_s=8, request_s=1)], gpus(2))

    assert {"idle": 16} == spent(told, "gpu1")
    assert 0.25 == told.busy
    assert told.one_more_gpu_s == told.makespan_s


def test_models_without_a_gpu_answer_beside_those_with_one():
    models = [
        Expected("ocr", "e", asked("ocr", 30), load_s=1, request_s=1),
        Expected("m", "e", asked("m", 10), GPU, load_s=5, request_s=1),
    ]

    told = forecast(models, [*gpus(1), *cpu_slots(1)])

    assert 31 == told.makespan_s
    assert ["gpu0", "cpu-1"] == [place.slot for place in told.places]
    assert {"load": 5, "answer": 10, "idle": 16} == spent(told, "gpu0")
    assert 31 == told.one_more_gpu_s


def test_a_slot_waits_only_for_what_it_could_hold():
    models = [
        Expected("m", "slow", asked("m", 1), GPU, 50, 60, load_s=1, request_s=1),
        Expected("ocr", "fast", asked("ocr", 1), request_s=1),
    ]

    told = forecast(models[::-1], [*gpus(1), *cpu_slots(1)])

    assert {"answer": 1, "idle": 61} == spent(told, "cpu-1")
    assert {"await env": 50, "await weights": 10, "load": 1, "answer": 1} == spent(told, "gpu0")


def test_no_gpu_is_added_where_none_is_used():
    told = forecast([Expected("ocr", "e", asked("ocr", 4), request_s=1)], [*gpus(1), *cpu_slots(1)])

    assert ["cpu-1"] == [place.slot for place in told.places]
    assert told.one_more_gpu_s is None


def test_one_more_beside_many_gpus_is_not_played():
    one = Expected("m", "e", asked("m", 100), GPU, load_s=10, request_s=1)

    assert forecast([one], gpus(16)).one_more_gpu_s is not None
    assert forecast([one], gpus(17)).one_more_gpu_s is None


def test_no_more_workers_than_may_be():
    models = [
        Expected(name, "e", asked(name, 8), GPU, load_s=2, request_s=1) for name in ("a", "b")
    ]

    assert (10, 20) == tuple(forecast(models, gpus(2), AtOnce(most)).makespan_s for most in (2, 1))
    assert 20 == forecast(models, gpus(2), AtOnce(1)).one_more_gpu_s


def test_a_model_for_two_gpus_takes_two():
    told = forecast([Expected("m", "e", asked("m", 8), Need(2), load_s=2, request_s=1)], gpus(2))

    assert ("gpu0", "gpu1") == told.path[0].slots
    assert {"load": 2, "answer": 8} == spent(told, "gpu1")


def test_what_is_not_known_is_named_once_and_counts_as_nothing():
    models = [
        Expected("a", "e", asked("a", 4), GPU, None, None, load_s=None, request_s=2),
        Expected("b", "e", asked("b", 4), GPU, None, 6, load_s=3, request_s=None),
    ]

    told = forecast(models, gpus(2))

    assert (
        Unknown(Doing.BUILD, "e"),
        Unknown(Doing.FETCH, "a"),
        Unknown(Doing.LOAD, "a"),
        Unknown(Doing.ANSWER, "b"),
    ) == told.unknown
    assert [("fetch", "b", 6), ("load", "b", 3)] == path_of(told)
    assert (9, None) == (told.makespan_s, told.one_more_gpu_s)


def test_an_env_that_one_of_its_models_tells_of_is_known():
    models = [
        Expected("a", "e", asked("a", 1), build_s=None),
        Expected("b", "e", asked("b", 1), build_s=40),
    ]

    told = forecast(models, cpu_slots(1))

    assert ((), 40) == (told.unknown, told.makespan_s)


def test_nothing_to_ask_takes_no_time():
    assert Forecast(0.0) == forecast([], gpus(1))
