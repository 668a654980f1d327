"""POPE: yes/no questions about objects, as a detection task in which `Yes` is the positive answer.

Samples need the target `Yes` or `No`. In POPE's table a question belongs to several categories and
VLMEvalKit counts it once for each of them: the task says so by `repeat_by`.

Source: `POPE_rating` in
https://github.com/open-compass/VLMEvalKit/blob/main/vlmeval/dataset/utils/yorn.py
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Score, Unscored
from vlmhb.domain.task import AnswerKind
from vlmhb.metrics.vlmeval.yes_no import NO, RULE, YES, true_answer, yes_or_no

Share: TypeAlias = Callable[[str, str], tuple[int, int]]
"""(the truth, what the answer says) -> what it adds to the two sums of a figure."""


@dataclass(frozen=True, slots=True)
class Detection:
    """A ratio of counts of true and false positives and negatives."""

    name: str
    title: str
    summary: str
    share: Share
    normalisation: str = RULE
    direction: Direction = Direction.HIGHER
    kinds: frozenset[AnswerKind] = frozenset({AnswerKind.REPLY})

    def score(self, text: str, sample: Sample) -> Score | Unscored:
        """What the answer adds to the figure."""
        target = true_answer(sample)
        if isinstance(target, Unscored):
            return target
        return Score(*self.share(target, yes_or_no(text)))

    def worst(self, sample: Sample) -> Score | Unscored:
        """What the opposite of the right answer adds."""
        target = true_answer(sample)
        if isinstance(target, Unscored):
            return target
        return Score(*self.share(target, NO if target == YES else YES))


def f1_of_yes(target: str, answer: str) -> tuple[int, int]:
    """Twice the true positives over all that is positive, by the truth and by the answer."""
    both = (target == YES) + (answer == YES)
    return 2 * (both == 2), both


def precision(target: str, answer: str) -> tuple[int, int]:
    """True positives over all that the answers call positive."""
    return int(target == answer == YES), int(answer == YES)


def recall(target: str, answer: str) -> tuple[int, int]:
    """True positives over all that is positive."""
    return int(target == answer == YES), int(target == YES)


def accuracy(target: str, answer: str) -> tuple[int, int]:
    """Right answers over all answers; one that says neither yes nor no is never right."""
    return int(target == answer), 1


POPE_F1 = Detection(
    "pope_f1",
    "POPE F1",
    "F1 of the answer Yes; an answer with both words or neither counts as No. A No that is right "
    "is scored, but adds nothing.",
    f1_of_yes,
)
POPE_PRECISION = Detection(
    "pope_precision",
    "POPE precision",
    "Share of the answers Yes that are right; any other answer is scored, but adds nothing.",
    precision,
)
POPE_RECALL = Detection(
    "pope_recall",
    "POPE recall",
    "Share of the questions with the truth Yes that are answered so; those with the truth No are "
    "scored, but add nothing.",
    recall,
)
POPE_ACCURACY = Detection(
    "pope_accuracy",
    "POPE accuracy",
    "Share of questions answered rightly; an answer with both words or neither is wrong.",
    accuracy,
)
