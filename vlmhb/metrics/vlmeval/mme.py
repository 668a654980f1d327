"""MME: two yes/no questions about each image; a category gives up to 200 points.

Points of a category are accuracy times 100, and 100 times the share of images with both questions
answered rightly. Totals add up the points of categories. Samples need the target `Yes` or `No`,
`category` in the metadata and a group: the image.

Source: `MME_rating` in
https://github.com/open-compass/VLMEvalKit/blob/main/vlmeval/dataset/utils/yorn.py
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Score, Unscored
from vlmhb.domain.task import AnswerKind
from vlmhb.metrics.metadata import said
from vlmhb.metrics.vlmeval.yes_no import RULE, says_target

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PERCEPTION = (
    "OCR",
    "artwork",
    "celebrity",
    "color",
    "count",
    "existence",
    "landmark",
    "position",
    "posters",
    "scene",
)
REASONING = (
    "code_reasoning",
    "commonsense_reasoning",
    "numerical_calculation",
    "text_translation",
)
QUESTIONS_OF_IMAGE = 2
COUNTS = 4
"""Of each category: right answers, questions, images with both answers right, images."""


@dataclass(frozen=True, slots=True)
class MmePoints:
    """The points of some categories, up to 200 for each."""

    name: str
    title: str
    summary: str
    categories: tuple[str, ...]
    unit: str = "image with two questions"
    normalisation: str = RULE
    direction: Direction = Direction.HIGHER
    kinds: frozenset[AnswerKind] = frozenset({AnswerKind.REPLY})

    def score(self, text: str, sample: Sample) -> Score | Unscored:
        """1 of 1 for a right answer; the counts say in which category."""
        category = said(sample, "category")
        if category not in PERCEPTION + REASONING:
            return Unscored(f'"{category}" is no category of MME')
        if category not in self.categories:
            return Unscored(f'category "{category}" is not in this total')
        if not sample.group:
            return Unscored("the sample has no group, so the other question is unknown")
        right = says_target(text, sample)
        if isinstance(right, Unscored):
            return right
        return self.counted(category, (int(right), 1, 0, 0))

    def worst(self, sample: Sample) -> Score | Unscored:
        """A wrong answer."""
        return self.score("", sample)

    def key(self, sample: Sample) -> str:
        """The image that the question is about."""
        return sample.group

    def combine(self, scores: Sequence[Score]) -> Score:
        """The right answers about an image, and whether the first two are right."""
        sums = [sum(column) for column in zip(*(score.counts for score in scores), strict=True)]
        both = all(score.numerator == 1 for score in scores[:QUESTIONS_OF_IMAGE])
        for place in range(0, len(sums), COUNTS):
            right, questions = sums[place : place + 2]
            if questions:
                sums[place : place + COUNTS] = (right, questions, float(both), 1.0)
        return Score(
            sum(score.numerator for score in scores),
            sum(score.denominator for score in scores),
            tuple(sums),
        )

    def counted(self, category: str, counts: tuple[float, float, float, float]) -> Score:
        """`counts` in their place among all."""
        every = [counts if known == category else (0.0,) * COUNTS for known in self.categories]
        return Score(counts[0], counts[1], tuple(count for four in every for count in four))

    def figures(self, counts: "NDArray[np.float64]") -> "NDArray[np.float64]":
        """The points of all categories that have questions; NaN without any."""
        import numpy as np  # noqa: PLC0415 - commands that only look metrics up need not wait

        by_category = counts.reshape(*counts.shape[:-1], len(self.categories), COUNTS)
        right, questions, both, images = np.moveaxis(by_category, -1, 0)
        points = right / np.maximum(questions, 1) + both / np.maximum(images, 1)
        return np.where(questions.any(axis=-1), 100 * points.sum(axis=-1), np.nan)


MME = MmePoints(
    "mme",
    "MME",
    "Points of all 14 categories, up to 2,800: per category 100 for the share of right answers and "
    "100 for the share of images with both questions answered rightly.",
    PERCEPTION + REASONING,
)
MME_PERCEPTION = MmePoints(
    "mme_perception",
    "MME perception",
    "Points of the 10 categories of perception, up to 2,000.",
    PERCEPTION,
)
MME_REASONING = MmePoints(
    "mme_reasoning",
    "MME reasoning",
    "Points of the 4 categories of reasoning, which MME's authors call cognition, up to 800.",
    REASONING,
)
