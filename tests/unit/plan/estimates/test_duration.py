import pytest

from vlmhb.domain.past import Past
from vlmhb.plan.estimates import Duration, duration_of, run_s

PAST = Past("run", "H200", 40, request_s=2.0, load_s=10.0, build_s=60.0)


def test_loading_and_what_is_left_count_and_building_only_when_it_is_needed():
    assert 30.0 == duration_of("m", 10, PAST, builds=False).total_s
    assert 90.0 == duration_of("m", 10, PAST, builds=True).total_s


def test_nothing_left_takes_no_time_and_no_history_gives_no_time():
    assert 0.0 == duration_of("m", 0, None, builds=True).total_s
    assert duration_of("m", 1, None, builds=True).total_s is None


def took(seconds: float | None) -> Duration:
    return Duration("m", 1, PAST, seconds)


@pytest.mark.parametrize(("expected", "at_once"), [(60.0, 1), (40.0, 2), (30.0, 3), (30.0, 8)])
def test_models_answer_in_their_order_as_many_at_once_as_may(expected: float, at_once: int):
    assert expected == run_s([took(20.0), took(10.0), took(30.0)], at_once)


def test_one_model_without_history_leaves_the_whole_unknown():
    assert run_s([took(1.0), took(None)], 1) is None
    assert 0.0 == run_s([], 1)
