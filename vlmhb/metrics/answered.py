"""Whether there is any answer."""

from dataclasses import dataclass

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Score
from vlmhb.domain.task import AnswerKind


@dataclass(frozen=True, slots=True)
class Answered:
    """1 when the answer holds any text."""

    name: str = "answered"
    title: str = "Answered"
    summary: str = (
        "Share of answers that are not blank. Says nothing about whether they are right; for "
        "documents of which nobody knows what should be read."
    )
    normalisation: str = "none"
    direction: Direction = Direction.HIGHER
    kinds: frozenset[AnswerKind] = frozenset(AnswerKind)

    def score(self, text: str, sample: Sample) -> Score:  # noqa: ARG002 - an answer alone says it
        """1 or 0 of 1."""
        return Score(float(bool(text.strip())), 1)

    def worst(self, sample: Sample) -> Score:  # noqa: ARG002
        """0 of 1."""
        return Score(0, 1)


ANSWERED = Answered()
