"""Whether an answer is right, and if it is not, what kind of mistake it is."""

from collections.abc import Collection, Sequence
from enum import Enum
from typing import TypeAlias

from vlmhb.domain.answer import Answer, FailedAnswer, FinishReason, Outcome
from vlmhb.domain.sample import Sample
from vlmhb.domain.score import SampleScore, Score
from vlmhb.domain.task import AnswerKind
from vlmhb.report.error_classes.classes import ErrorClass
from vlmhb.report.error_classes.neighbours import NOBODY, Neighbours
from vlmhb.report.error_classes.texts import Said, class_of


class Apart(str, Enum):
    """What is no mistake of an answer."""

    RIGHT = "right"
    """Full marks by the task's first metric."""
    FAILED = "failed"
    """There is no answer."""
    NOT_CLASSED = "not_classed"
    """No target to compare with, or no figure of the sample's own."""
    NOT_ANSWERED = "not_answered"
    """The run is not finished."""

    @property
    def words(self) -> str:
        """In words."""
        return self.value.replace("_", " ").capitalize()

    @property
    def definition(self) -> str:
        """In a sentence."""
        return {
            Apart.RIGHT: "Full marks by the first metric of the task.",
            Apart.FAILED: "There is no answer.",
            Apart.NOT_CLASSED: "No target to compare with, or no figure of the sample's own.",
            Apart.NOT_ANSWERED: "The run is not finished.",
        }[self]


Verdict: TypeAlias = "Apart | ErrorClass"


def verdict_of(
    outcome: Outcome | None,
    sample: Sample,
    kind: AnswerKind,
    scores: Sequence[SampleScore],
    lower: Collection[str],
    neighbours: Neighbours = NOBODY,
) -> Verdict:
    """What became of a sample.

    `scores` are in the order of the task's metrics; of those in `lower`, less is better.
    `neighbours` are the samples about the same document.
    """
    if outcome is None:
        return Apart.NOT_ANSWERED
    if isinstance(outcome, FailedAnswer):
        return Apart.FAILED
    right = _is_right(scores, lower)
    if right is None or not sample.targets:
        return Apart.NOT_CLASSED
    return Apart.RIGHT if right else error_class(outcome, sample, kind, neighbours)


def _is_right(scores: Sequence[SampleScore], lower: Collection[str]) -> bool | None:
    """By the first metric, or where that gives the sample no figure of its own, by the next.

    None where the first one does not judge it.
    """
    if not scores or not isinstance(scores[0].result, Score):
        return None
    for score in scores:
        if isinstance(score.result, Score) and score.result.value is not None:
            value = score.result.value
            return value <= 0 if score.metric in lower else value >= 1
    return None


def error_class(
    answer: Answer, sample: Sample, kind: AnswerKind, neighbours: Neighbours = NOBODY
) -> ErrorClass:
    """Of a wrong answer: beside the target that it comes closest to."""
    was_cut = answer.finish_reason is FinishReason.LENGTH or answer.full_length_chars is not None
    said = Said(
        text=answer.text,
        language=sample.language,
        was_cut=was_cut,
        is_page=kind is AnswerKind.PAGE_TEXT,
        choices=sample.choices,
    )
    # A blank target is one of several ways to say that there is nothing, as `none` is.
    targets = [target for target in sample.targets if target.strip()] or sample.targets
    classes = (class_of(said, target) for target in dict.fromkeys(targets))
    found = min(classes, key=lambda each: each.place, default=ErrorClass.OTHER_VALUE)
    may_be_other = found.place > ErrorClass.OTHER_FIELD.place and not said.is_page
    is_other = may_be_other and neighbours.has_other_with(answer.text, sample)
    return ErrorClass.OTHER_FIELD if is_other else found
