"""Deadlines that questions share."""

import math

from vlmhb.system.deadline import NEVER, Deadline


def test_a_deadline_gets_nearer_and_is_over_once_it_has_come():
    ahead, past = Deadline.within(1000.0), Deadline(0.0)

    assert ahead.left_s >= ahead.left_s > 0
    assert (False, True) == (ahead.is_over, past.is_over)
    assert 0.0 == past.left_s


def test_never_does_not_come():
    assert (math.inf, False) == (NEVER.left_s, NEVER.is_over)
