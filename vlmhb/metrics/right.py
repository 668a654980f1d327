"""The shapes of metrics that call an answer right or wrong: one by one, or several as one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Score, Unscored
from vlmhb.domain.task import AnswerKind

Rightness: TypeAlias = "bool | Unscored"


@dataclass(frozen=True, slots=True)
class Right:
    """The share of right answers."""

    name: str
    title: str
    summary: str
    normalisation: str
    is_right: Callable[[str, Sample], Rightness]
    direction: Direction = Direction.HIGHER
    kinds: frozenset[AnswerKind] = frozenset({AnswerKind.REPLY})

    def score(self, text: str, sample: Sample) -> Score | Unscored:
        """1 of 1 for a right answer, 0 of 1 for any other."""
        rightness = self.is_right(text, sample)
        return rightness if isinstance(rightness, Unscored) else Score(float(rightness), 1)

    def worst(self, sample: Sample) -> Score | Unscored:
        """0 of 1."""
        rightness = self.is_right("", sample)
        return rightness if isinstance(rightness, Unscored) else Score(0, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AllRight(Right):
    """The share of units with nothing but right answers."""

    unit: str
    unit_of: Callable[[Sample], str]

    def key(self, sample: Sample) -> str:
        """Samples with equal keys are one unit."""
        return self.unit_of(sample)

    def combine(self, scores: Sequence[Score]) -> Score:
        """1 of 1 when every answer of the unit is right, else 0 of 1."""
        return Score(float(all(score.numerator == 1 for score in scores)), 1)
