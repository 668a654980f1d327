"""Deadline: a moment that questions which share it must not outlast together."""

import math
from dataclasses import dataclass

from vlmhb.system.clock import monotonic_s


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the clock that nobody sets; never, unless it is said."""

    at_s: float = math.inf

    @classmethod
    def within(cls, seconds: float) -> "Deadline":
        """The moment that many seconds from now."""
        return cls(monotonic_s() + seconds)

    @property
    def left_s(self) -> float:
        """Seconds until then; 0 once it is over."""
        return max(self.at_s - monotonic_s(), 0.0)

    @property
    def is_over(self) -> bool:
        """Whether it has come."""
        return not self.left_s


NEVER = Deadline()
