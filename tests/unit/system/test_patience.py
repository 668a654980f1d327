"""What somebody who waits hears of attempts that failed."""

import threading

import pytest

from vlmhb.system.patience import Patience, patiently
from vlmhb.system.web import PassingError

HURRIED = Patience(attempts=3, wait_s=0.001)


def test_attempts_are_counted_only_while_nothing_is_gained():
    gains = iter([True, True, False, False])
    heard: list[str] = []

    def fail() -> None:
        raise PassingError("cut off")

    with pytest.raises(PassingError, match="cut off; 3 attempts in a row"):
        patiently(fail, HURRIED, threading.Event(), lambda: next(gains), heard.append)

    assert [
        "cut off; going on where it broke off",
        "cut off; going on where it broke off",
        "cut off; attempt 3 of 3 follows",
    ] == heard
