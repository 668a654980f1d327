"""CC-OCR: how many of a page's words or characters the answer has, whatever their order.

In the metadata, as in VLMEvalKit's table, `split` names the set and `category` its group. Sets
called Arabic, Japanese, Korean or with `zh` in their name are counted in characters, others in
words; a sample without `split` by its language. Words of the group `multi_scene_ocr` keep nothing
but Latin letters and digits, so that one in Cyrillic is lost.

Source:
https://github.com/open-compass/VLMEvalKit/blob/main/vlmeval/dataset/utils/ccocr_evaluator/ocr_evaluator.py
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Score, Unscored
from vlmhb.domain.task import AnswerKind
from vlmhb.metrics.metadata import said

OF_CHARACTERS = ("Arabic", "Japanese", "Korean")
LANGUAGES_OF_CHARACTERS = ("ar", "ja", "ko", "zh")
LATIN_ONLY = "multi_scene_ocr"
NOT_LATIN = re.compile("[^A-Za-z0-9]+")
WHITE_RUN = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class BagOfTokens:
    """F1 of the tokens of an answer, each as often as the target has it."""

    name: str
    title: str
    summary: str
    fraction: Callable[[int, int], Score]
    """Of the tokens that match and of all tokens, those of the answer and of the target."""
    normalisation: str = "lower case, words or characters by language"
    direction: Direction = Direction.HIGHER
    kinds: frozenset[AnswerKind] = frozenset(AnswerKind)

    def score(self, text: str, sample: Sample) -> Score | Unscored:
        """The F1 to the first target, which is the only one these datasets have."""
        if not sample.targets:
            return Unscored("the sample has no target")
        answer, target = counted_tokens(text, sample), counted_tokens(sample.targets[0], sample)
        return self.fraction((Counter(answer) & Counter(target)).total(), len(answer) + len(target))

    def worst(self, sample: Sample) -> Score | Unscored:
        """As for an empty answer."""
        return self.score("", sample)


def counted_tokens(text: str, sample: Sample) -> list[str]:
    """What is counted of a text about `sample`'s pages."""
    plain = WHITE_RUN.sub(" ", text.replace("###", "").replace("***", ""))
    if counts_characters(sample):
        return [character.lower() for character in plain if character != " "]
    words = [word.lower() for word in plain.split(" ")]
    if LATIN_ONLY in said(sample, "category"):
        words = [NOT_LATIN.sub("", word) for word in words]
    return [word for word in words if word]


def counts_characters(sample: Sample) -> bool:
    """Whether texts about this sample are cut into characters, not words."""
    split = said(sample, "split")
    if not split:
        return sample.language in LANGUAGES_OF_CHARACTERS
    return split in OF_CHARACTERS or "zh" in split


def of_page(matches: int, total: int) -> Score:
    """The page's own F1, out of 1."""
    return Score(2 * matches / total if total else 0, 1)


def of_tokens(matches: int, total: int) -> Score:
    """What the page adds to an F1 over all tokens of all pages."""
    return Score(2 * matches, total)


CCOCR_F1_MACRO = BagOfTokens(
    "ccocr_f1_macro",
    "CC-OCR macro F1",
    "Mean over pages of the F1 of words, or of characters where words are not spaced, in any "
    "order.",
    of_page,
)
CCOCR_F1_MICRO = BagOfTokens(
    "ccocr_f1_micro",
    "CC-OCR micro F1",
    "F1 of the words of all pages, or of characters where words are not spaced, in any order.",
    of_tokens,
)
