"""Time: `monotonic_s` for deadlines and durations, `utc_now` for labels people read."""

import datetime
import time
from collections.abc import Iterator
from contextlib import contextmanager


def utc_now() -> str:
    """The time in UTC to the second, ISO 8601 with a Z."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")


def monotonic_s() -> float:
    """Seconds on a clock that nobody sets."""
    return time.monotonic()


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
