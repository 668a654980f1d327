"""Edits between page texts over the length of the longer one."""

from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Score, Unscored
from vlmhb.domain.task import AnswerKind


@dataclass(frozen=True, slots=True)
class EditDistance:
    """Levenshtein distance over the length of the longer text, so never above 1.

    Source: OmniDocBench, "Edit_dist": `edit_whole` is the ratio of sums, `ALL_page_avg` the mean
    of pages.
    """

    name: str = "edit_distance"
    title: str = "Edit distance"
    summary: str = (
        "Character edits over the length of the longer of answer and target, outer white space "
        "aside; in [0, 1], as OmniDocBench measures text and reading order."
    )
    normalisation: str = "raw"
    direction: Direction = Direction.LOWER
    kinds: frozenset[AnswerKind] = frozenset(AnswerKind)

    def score(self, text: str, sample: Sample) -> Score | Unscored:
        """Edits and length for the closest target; 0 of 0 where both texts are empty."""
        if not sample.targets:
            return Unscored("the sample has no target")
        answer = text.strip()
        scores = [score_of(answer, target.strip()) for target in sample.targets]
        return min(scores, key=lambda score: score.value or 0.0)

    def worst(self, sample: Sample) -> Score | Unscored:
        """1, as for an empty answer; one edit of one where that would be right."""
        found = self.score("", sample)
        return found if isinstance(found, Unscored) or found.numerator else Score(1, 1)


def score_of(answer: str, target: str) -> Score:
    """Edits over the length of the longer text."""
    length = max(len(answer), len(target))
    edits = Levenshtein.distance(target, answer, score_hint=max(50, len(target) // 10))
    return Score(edits, length)


EDIT_DISTANCE = EditDistance()
