"""The shape most metrics of short replies share: a similarity, and the target closest to it."""

from collections.abc import Callable
from dataclasses import dataclass

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Score, Unscored
from vlmhb.domain.task import AnswerKind


@dataclass(frozen=True, slots=True)
class BestTarget:
    """The similarity of an answer to its closest target, out of 1."""

    name: str
    title: str
    summary: str
    normalisation: str
    similarity: Callable[[str, str], float]
    """Of an answer to one target, in [0, 1]."""
    direction: Direction = Direction.HIGHER
    kinds: frozenset[AnswerKind] = frozenset({AnswerKind.REPLY})

    def score(self, text: str, sample: Sample) -> Score | Unscored:
        """The largest similarity. An empty target counts: the right answer is then no text."""
        if not sample.targets:
            return Unscored("the sample has no target")
        return Score(max(self.similarity(text, target) for target in sample.targets), 1)

    def worst(self, sample: Sample) -> Score | Unscored:
        """0 of 1."""
        return Score(0, 1) if sample.targets else Unscored("the sample has no target")
