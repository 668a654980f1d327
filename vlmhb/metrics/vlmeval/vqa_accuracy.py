"""Agreement of a reply with the people who answered the same question."""

from dataclasses import dataclass

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Score, Unscored
from vlmhb.domain.task import AnswerKind
from vlmhb.metrics.vlmeval.vqa_text import VQA

ENOUGH = 3
"""People who must have given the same answer for it to count in full."""


@dataclass(frozen=True, slots=True)
class VqaAccuracy:
    """Mean over the people left out one by one, of whom at least three others must agree.

    Source: Antol et al. 2015, "VQA: Visual Question Answering" (ICCV), as VLMEvalKit computes it.
    """

    name: str = "vqa_accuracy"
    title: str = "VQA accuracy"
    summary: str = (
        "Agreement with human answers: in full where at least three of the others gave the same; "
        "the figure that VLMEvalKit gives for TextVQA and VizWiz."
    )
    normalisation: str = VQA.name
    direction: Direction = Direction.HIGHER
    kinds: frozenset[AnswerKind] = frozenset({AnswerKind.REPLY})

    def score(self, text: str, sample: Sample) -> Score | Unscored:
        """Agreement in [0, 1]. With a single human answer it is 0, for nobody is left to agree."""
        people = len(sample.targets)
        if not people:
            return Unscored("the sample has no target")
        answer = VQA(text)
        agreeing = sum(VQA(target) == answer for target in sample.targets)
        with_them, without_them = agreement(agreeing), agreement(agreeing - 1)
        return Score(((people - agreeing) * with_them + agreeing * without_them) / people, 1)

    def worst(self, sample: Sample) -> Score | Unscored:
        """0 of 1."""
        return Score(0, 1) if sample.targets else Unscored("the sample has no target")


def agreement(others: int) -> float:
    """What the agreement of so many others is worth, in [0, 1]."""
    return min(1.0, max(0, others) / ENOUGH)


VQA_ACCURACY = VqaAccuracy()
