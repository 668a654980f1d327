"""The time of answering is wall time: a batch counts once, and waiting for work not at all."""

from vlmhb.schedule.telemetry.duty import Duty


def test_requests_that_are_owed_together_take_their_time_once():
    duty = Duty()
    duty.sent(10.0, "a", 1)
    duty.sent(11.0, "b", 3)
    duty.settled(14.0, "a", is_answered=True)
    duty.settled(15.0, "b", is_answered=True)

    assert 5.0 == duty.seconds(99.0)
    assert (2, 4) == (duty.n_answers, duty.n_pages)


def test_time_without_a_request_does_not_count():
    duty = Duty()
    for begin_s in (10.0, 20.0):
        duty.sent(begin_s, f"r{begin_s}", 1)
        assert duty.seconds(begin_s + 1.0) == duty.seconds(begin_s) + 1.0
        duty.settled(begin_s + 2.0, f"r{begin_s}", is_answered=True)

    assert 4.0 == duty.seconds(99.0)


def test_a_failed_answer_takes_time_and_makes_no_page():
    duty = Duty()
    duty.sent(0.0, "a", 2)
    duty.settled(3.0, "a", is_answered=False)

    assert 3.0 == duty.seconds(9.0)
    assert (0, 0) == (duty.n_answers, duty.n_pages)


def test_what_a_worker_owed_at_its_end_took_until_then():
    duty = Duty()
    duty.sent(0.0, "a", 1)
    duty.end(5.0)
    duty.settled(9.0, "a", is_answered=True)

    assert 5.0 == duty.seconds(9.0)
    assert 0 == duty.n_pages
