"""What limits of seconds are held against: time in which the machine did anything at all."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from tests.onlooker import LEAST_S, looking_on

STOOD_S = 3 * LEAST_S


def test_time_in_which_nobody_came_round_to_anything_is_not_counted(tmp_path: Path):
    with looking_on(tmp_path) as onlooker:
        began_s = time.monotonic()
        os.kill(onlooker.pid, signal.SIGSTOP)  # as whatever else there is, where a machine stops
        threading.Event().wait(STOOD_S)
        os.kill(onlooker.pid, signal.SIGCONT)
        seconds = onlooker.seconds_since(began_s)
        ended_s = time.monotonic()
        later_s = onlooker.seconds_between(ended_s, ended_s + 1)
        half_s = onlooker.seconds_between(began_s, began_s + STOOD_S / 2)

    assert seconds <= ended_s - began_s - STOOD_S + 0.1
    assert 1 == pytest.approx(later_s)
    assert half_s <= 0.1


def test_all_other_time_is(tmp_path: Path):
    with looking_on(tmp_path) as onlooker:
        assert 12 == pytest.approx(onlooker.seconds_between(-15, -3))
    assert [] == list(tmp_path.iterdir())
