"""Patience: what is tried again, how often, and how long is waited in between."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from vlmhb.system.web import PassingError

_LONGEST_WAIT_S = 60.0

T = TypeVar("T")


class StoppedError(Exception):
    """Nobody wants it any more."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How much trouble is put up with before something fails."""

    attempts: int = 6
    """In a row without much that is new."""
    wait_s: float = 1.0
    """Before the second attempt; twice as long before each one after it, with some chance in it."""
    silence_s: float = 60.0
    """How long a server may send nothing."""
    largest_bytes: int = 16 << 30
    """Of a file whose size nobody trusted told."""


USUAL = Patience()


def say_nothing(_what: str) -> None:
    """For those who do not care to hear."""


def patiently(
    attempt: Callable[[], T],
    patience: Patience,
    cancelled: threading.Event,
    has_gained: Callable[[], bool] = lambda: False,
    tell: Callable[[str], None] = say_nothing,
) -> T:
    """What `attempt` returns at last; those that did gain something are not counted against it.

    `tell` gets a line before each wait for another attempt.

    Raises:
        PassingError: it failed too often; the error is the last one, with the number of attempts.
        StoppedError: `cancelled` was set.
    """
    failures = 0
    while True:
        if cancelled.is_set():
            raise StoppedError
        try:
            return attempt()
        except PassingError as error:
            gained = has_gained()
            failures = 1 if gained else failures + 1
            if failures >= patience.attempts:
                what = f"{error}; {failures} attempts in a row" if failures > 1 else str(error)
                raise PassingError(what, status=error.status, code=error.code) from error
            own_wait_s = patience.wait_s * 2 ** (failures - 1)
            wait_s = own_wait_s if error.wait_s is None else error.wait_s
            counted = f"attempt {failures + 1} of {patience.attempts} follows"
            # A count that begins anew each time would say the same again and again.
            tell(f"{error}; {'going on where it broke off' if gained else counted}")
        _wait(wait_s, cancelled)


def _wait(wait_s: float, cancelled: threading.Event) -> None:
    chance = random.uniform(0.75, 1.25)  # noqa: S311 - so that many clients do not come at once
    if cancelled.wait(min(wait_s * chance, _LONGEST_WAIT_S)):
        raise StoppedError
