"""What went wrong while requests were asked, as it is kept for the next start of a run."""

from dataclasses import dataclass
from enum import Enum


class TroubleKind(str, Enum):
    """What is known of the requests that are named."""

    SUSPECTS = "suspects"
    """A worker died and left them unanswered: they are asked again, a few at a time or alone."""
    INTENT = "intent"
    """They are about to be asked with nothing beside them. What came of it is the next line about
    them, or their line in the journal; when neither is there, the run was killed meanwhile."""
    STRIKE = "strike"
    """Its worker died by itself when it had nothing else to answer."""
    KILL = "kill"
    """Its worker was killed from outside when it had nothing else to answer."""
    SILENCE = "silence"
    """Its worker was silent too long when it had nothing else to answer."""
    MEMORY = "memory"
    """The kernel killed its worker for the machine's memory; it had nothing else to answer."""
    STOP = "stop"
    """A signal asked the run to stop while they were asked with nothing beside them."""
    PRESENT = "present"
    """They were first in line when the run was killed, so they may have been under way."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One line of attempts.jsonl."""

    kind: TroubleKind
    model: str
    requests: tuple[str, ...]
    """Their ids."""
    cause: str = ""
    """How the worker ended."""
    segment: int = 0
    """Which start of the run it happened in, as of an answer."""
