"""The caller of a build: hears how it goes, and may stop wanting it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from vlmhb.errors import EnvError


def _say_nothing(_line: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Caller:
    """Who waits for an env."""

    tell: Callable[[str], None] = _say_nothing
    """Gets a line for every step worth knowing about."""
    cancelled: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def of(cls, tell: Callable[[str], None] | None, cancelled: threading.Event | None) -> "Caller":
        """A caller that may not care to hear, or never changes its mind."""
        return cls(tell or _say_nothing, cancelled or threading.Event())

    def check(self) -> None:
        """Go on only when the env is still wanted.

        Raises:
            EnvError: it is not.
        """
        if self.cancelled.is_set():
            raise build_stopped()


def build_stopped() -> EnvError:
    """What a build ends with that nobody wants any more."""
    return EnvError(
        "building an env was stopped",
        "the run that wanted it ended",
        next_step="nothing is left of it; run the same command again",
    )
