"""What somebody decided about a model after looking at a run."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Decided(str, Enum):
    """What is to become of a model."""

    CHOSEN = "chosen"
    REJECTED = "rejected"
    NEEDS_MORE_DATA = "needs_more_data"

    @property
    def words(self) -> str:
        """As people read it."""
        return self.value.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of decisions.json."""

    model: str
    state: Decided
    note: str = ""
    """Why; one line or several."""
    decided_at: str = ""
    """UTC, ISO 8601 with a Z."""


def last_decisions(decisions: Iterable[Decision]) -> dict[str, Decision]:
    """The decision that counts, by model."""
    return {decision.model: decision for decision in decisions}
