"""Time: `monotonic_s` for deadlines and durations, `utc_now` for labels people read."""

import datetime
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LONGEST_LOOK_S = 1.0
"""Between two looks of somebody who is there."""


def utc_now() -> str:
    """The time in UTC to the second, ISO 8601 with a Z."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")


def monotonic_s() -> float:
    """Seconds on a clock that nobody sets."""
    return time.monotonic()


class AttentiveClock:
    """Seconds of the monotonic clock during which somebody looked at it.

    For deadlines of others by one who looks several times a second: what passed between two looks
    that are far apart (Ctrl-Z, a disk that is full) counts as `LONGEST_LOOK_S`. What the others did
    meanwhile has not been heard yet; and one who is always slow comes to an end, too.
    """

    def __init__(self, clock: Callable[[], float] = monotonic_s) -> None:
        self._clock = clock
        self._looked_s = clock()
        self._counted_s = 0.0

    def __call__(self) -> float:
        """What has been counted up to now."""
        now_s = self._clock()
        passed_s = now_s - self._looked_s
        self._looked_s = now_s
        self._counted_s += min(passed_s, LONGEST_LOOK_S)
        return self._counted_s


def wall_s() -> float:
    """Seconds since 1970 on the clock that files get their times from; it may be set."""
    return time.time()  # noqa: TID251 - this is the clock


def thread_cpu_s() -> float:
    """CPU seconds of the calling thread."""
    return time.thread_time()


class Stopwatch:
    """Wall time of named stages."""

    def __init__(self) -> None:
        self.stages_s: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time spent inside to `name`."""
        started_at = monotonic_s()
        try:
            yield
        finally:
            spent = monotonic_s() - started_at
            self.stages_s[name] = round(self.stages_s.get(name, 0.0) + spent, 3)
