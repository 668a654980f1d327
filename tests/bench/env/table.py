"""Rows of two ways to the same end, measured in turns."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Row:
    """Times of both sides in seconds, round by round."""

    goal: str
    limit: float
    """The ratio to reach."""
    ours: list[float] = field(default_factory=list)
    other: list[float] = field(default_factory=list)

    def add(self, ours_s: float, other_s: float) -> None:
        """One more round."""
        self.ours.append(ours_s)
        self.other.append(other_s)

    @property
    def ratio(self) -> float:
        """Of the two medians."""
        return statistics.median(self.ours) / statistics.median(self.other)

    def __str__(self) -> str:
        sides = f"{_spread(self.ours)} | {_spread(self.other)}"
        return f"| {self.goal} | {sides} | {self.ratio:.2f} | {self.limit:g} |"


HEADER = "| goal | vlmhb | other | ratio | goal |\n|---|---|---|---|---|"


def timed(action: Callable[[], object]) -> float:
    """Seconds that `action` takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def _spread(values: list[float]) -> str:
    low, middle, high = (1000 * f(values) for f in (min, statistics.median, max))
    return f"{middle:.1f} ms ({low:.1f}-{high:.1f})"
