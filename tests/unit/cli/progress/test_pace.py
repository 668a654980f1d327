"""How fast something goes, and when it will be over."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmhb.cli.progress.pace import Pace, speed_text, spoken


def paced(*marks: tuple[float, int], began_s: float = 0.0, done: int = 0) -> Pace:
    pace = Pace(began_s, done)
    for now_s, count in marks:
        pace.reach(count, now_s)
    return pace


def test_what_is_left_takes_as_long_as_what_came():
    pace = paced(*((second, 2 * second) for second in range(1, 11)))

    assert 2.0 == pace.per_s(10)
    assert 40.0 == pace.left_s(80, 10)


def test_what_was_done_before_does_not_count():
    assert 0.1 == paced((10, 101), done=100).per_s(10)


def test_nobody_can_tell_before_the_first_one_came():
    assert None is paced().per_s(100)
    assert None is paced().left_s(5, 100)


def test_where_nothing_is_left_there_is_nothing_to_wait_for():
    assert 0.0 == paced().left_s(0, 0)


def test_a_first_one_that_came_at_once_says_nothing_yet():
    assert None is paced((0.1, 1)).per_s(0.1)


def test_of_late_it_is_faster_than_at_first():
    """A model that warms up, or a download that finds its speed, is judged by what it does now."""
    slow = [(float(second), second) for second in range(100)]
    fast = [(100 + second, 100 + 10 * second) for second in range(100)]

    assert 10 == pytest.approx(paced(*slow, *fast).per_s(199), rel=0.02)


def test_the_last_steps_count_however_slow_they_are():
    """A page a minute has a speed too, though hardly one comes in any half minute."""
    # Short and long pages take turns: one gap alone says nothing.
    pace = paced(*((60.0 * number - 40 * (number % 2), number) for number in range(1, 101)))

    assert 1 / 60 == pytest.approx(pace.per_s(6000), rel=0.04)


def test_what_has_stopped_gets_slower_with_time():
    pace = paced(*((second, second) for second in range(1, 31)))

    assert 1.0 == pace.per_s(30)
    assert 60 > (pace.left_s(30, 45) or 0) > 30
    assert 100 < (pace.left_s(30, 300) or 0)


def test_answers_that_come_in_batches_have_the_speed_of_the_batches():
    pace = Pace(0.0)
    for batch in range(1, 9):
        for place in range(8):
            pace.reach(8 * (batch - 1) + place + 1, 4.0 * batch + place / 1000)

    assert 2.0 == pytest.approx(pace.per_s(32.01), rel=0.01)


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 1000)), max_size=300))
def test_whatever_comes_what_is_left_is_a_time_or_unknown(steps: list[tuple[float, int]]):
    pace, now_s, done = Pace(0.0), 0.0, 0
    for spent_s, more in steps:
        now_s, done = now_s + spent_s, done + more
        pace.reach(done, now_s)

    left_s = pace.left_s(7, now_s)
    assert left_s is None or left_s >= 0


def test_a_long_run_remembers_no_more_than_it_needs():
    pace = paced(*((number / 1000, number) for number in range(200_000)))

    assert len(pace._marks) <= 70


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0:00"),
        (7.4, "0:07"),
        (59.6, "1:00"),
        (750, "12:30"),
        (3600, "1:00:00"),
        (172_799, "47:59:59"),
        (187_200, "2 d 4:00:00"),
        (-1, "0:00"),
    ],
)
def test_durations_read_like_a_clock(seconds: float, expected: str):
    assert expected == spoken(seconds)


def test_what_is_slow_is_counted_by_the_minute():
    assert ["12.5/s", "0.1/s", "1.5/min"] == [speed_text(s) for s in (12.51, 0.1, 0.025)]
