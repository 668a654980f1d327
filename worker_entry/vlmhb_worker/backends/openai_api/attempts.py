"""How long to go on with a request that fails."""

import random
import time
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Callable, Optional

from vlmhb_worker.backends.openai_api.failures import RetriesExhaustedError, TransientError

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 30.0


class Attempts:
    """The attempts and the time that one request has."""

    def __init__(
        self,
        attempts: int,
        give_up_after_s: float,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._attempts = attempts
        self._clock = clock
        self._chance = chance
        self._failed = 0
        self._started_s = clock()
        self._end_s = self._started_s + give_up_after_s
        self.failing_since_s: Optional[float] = None
        """When the first attempt failed."""

    @property
    def left_s(self) -> float:
        """Seconds until the request is given up."""
        return self._end_s - self._clock()

    def delay_s(self, error: TransientError) -> float:
        """How long to wait before the next attempt: twice as long each time, at random.

        At random, so that requests that failed together do not come back together. What the server
        asked for is waited for at least.

        Raises:
            RetriesExhaustedError: there is no next attempt.
        """
        self._failed += 1
        if self.failing_since_s is None:
            self.failing_since_s = self._clock()
        longest_s = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2 ** (self._failed - 1))
        delay_s = (error.retry_after_s or 0.0) + longest_s * (0.5 + self._chance() / 2)
        if self._failed >= self._attempts or delay_s >= self.left_s:
            spent_s = self._clock() - self._started_s
            asked = f"; it asks to wait {error.retry_after_s:g} s" if error.retry_after_s else ""
            raise RetriesExhaustedError(
                f"no answer after {self._failed} attempts in {spent_s:.1f} s; "
                f"the last: {error}{asked}"
            ) from error
        return delay_s


def retry_after_s(header: Optional[str], now: Callable[[], datetime]) -> Optional[float]:
    """Seconds that a Retry-After header asks for, in either of its forms; None when it does not."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(header) - now()).total_seconds()
        except (TypeError, ValueError):
            return None
    # NaN compares as false
    return max(seconds, 0.0) if seconds < float("inf") else None


def utc_now() -> datetime:
    """The time of day, which Retry-After may name."""
    return datetime.now(timezone.utc)
