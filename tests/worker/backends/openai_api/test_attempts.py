from datetime import datetime, timedelta, timezone

import pytest
from vlmhb_worker.backends.openai_api.attempts import Attempts, retry_after_s
from vlmhb_worker.backends.openai_api.failures import RetriesExhaustedError, TransientError

BUSY = TransientError("HTTP 503")
NOW = datetime(2026, 11, 21, 10, tzinfo=timezone.utc)


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def attempts(most: int = 9, give_up_after_s: float = 600.0, chance: float = 1.0) -> Attempts:
    return Attempts(most, give_up_after_s, Clock(), lambda: chance)


def test_each_wait_is_twice_as_long_up_to_a_limit():
    one = attempts()

    assert [0.5, 1, 2, 4, 8, 16, 30, 30] == [one.delay_s(BUSY) for _ in range(8)]


def test_chance_shortens_a_wait_by_half_at_most():
    assert 0.25 == attempts(chance=0.0).delay_s(BUSY)


def test_what_the_server_asks_for_is_waited_for_at_least():
    assert 20.5 == attempts().delay_s(TransientError("HTTP 429", 20.0))


def test_the_last_attempt_is_the_last():
    one = attempts(most=2)
    one.delay_s(BUSY)

    with pytest.raises(RetriesExhaustedError, match=r"after 2 attempts in 0.0 s; .* HTTP 503$"):
        one.delay_s(BUSY)


def test_a_wait_beyond_the_end_is_not_begun():
    with pytest.raises(RetriesExhaustedError, match="it asks to wait 60 s"):
        attempts(give_up_after_s=30).delay_s(TransientError("HTTP 429", 60.0))


def test_what_is_left_shrinks():
    clock = Clock()
    one = Attempts(3, 30, clock)
    clock.now_s += 10

    assert 20 == one.left_s


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("-1", 0.0),
        ("Sat, 21 Nov 2026 10:00:30 GMT", 30.0),
        ("Sat, 21 Nov 2026 09:00:00 GMT", 0.0),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_comes_as_seconds_or_as_a_date(header, expected):
    assert expected == retry_after_s(header, lambda: NOW)


def test_a_date_counts_from_now():
    assert 60.0 == retry_after_s("Sat, 21 Nov 2026 10:00:30 GMT", lambda: NOW - timedelta(0, 30))
