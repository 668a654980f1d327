from vlmhb.domain.past import Past
from vlmhb.plan.estimates import duration_of

PAST = Past("run", "H200", 40, request_s=2.0, load_s=10.0, build_s=60.0)


def test_loading_and_what_is_left_count_and_building_only_when_it_is_needed():
    assert 30.0 == duration_of("m", 10, PAST, builds=False).total_s
    assert 90.0 == duration_of("m", 10, PAST, builds=True).total_s


def test_nothing_left_takes_no_time_and_no_history_gives_no_time():
    assert 0.0 == duration_of("m", 0, None, builds=True).total_s
    assert duration_of("m", 1, None, builds=True).total_s is None
