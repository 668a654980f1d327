"""Edits needed to turn the answer into the target, per unit of the target: CER and WER."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Score, Unscored
from vlmhb.domain.task import AnswerKind
from vlmhb.metrics.text.normalize import CI, DOCUMENT, RAW, Normaliser

WHITE_RUN = re.compile(r"\s\s+")


@dataclass(frozen=True, slots=True)
class EditRate:
    """Levenshtein distance over the length of the target; above 1 for answers that run on."""

    name: str
    title: str
    summary: str
    normaliser: Normaliser
    units: Callable[[str], Sequence[str]]
    """Cuts a text into what is counted."""
    direction: Direction = Direction.LOWER
    kinds: frozenset[AnswerKind] = frozenset(AnswerKind)

    @property
    def normalisation(self) -> str:
        """Name of the rule set."""
        return self.normaliser.name

    def score(self, text: str, sample: Sample) -> Score | Unscored:
        """Edits over the length of the target with the smallest rate."""
        answer = self.units(self.normaliser(text))
        best: Score | None = None
        for target in sample.targets:
            reference = self.units(self.normaliser(target))
            if reference:
                score = Score(edits(reference, answer), len(reference))
                if best is None or rate(score) < rate(best):
                    best = score
        return best or Unscored("no target has any text")

    def worst(self, sample: Sample) -> Score | Unscored:
        """A rate of 1, as for an empty answer."""
        return self.score("", sample)


def rate(score: Score) -> float:
    """Edits per unit."""
    return score.numerator / score.denominator


def edits(reference: Sequence[str], answer: Sequence[str]) -> int:
    """The exact Levenshtein distance."""
    # The hint changes the speed and never the result: most answers differ in a few percent, and
    # then a narrow band of the table is enough (1.6x at 500 characters, 4x at 5,000).
    return Levenshtein.distance(reference, answer, score_hint=max(50, len(reference) // 10))


def characters(text: str) -> str:
    """Everything between the outer white space, line breaks included."""
    return text.strip()


def words_between_spaces(text: str) -> list[str]:
    """Words as jiwer's defaults cut them.

    Spaces separate words, and so does any run of two or more white-space characters. A single
    line break or tab does not: it stays inside its word.
    """
    # Printable text has no white space other than the space, and `split` is faster.
    if text.isprintable():
        return text.split()
    text = WHITE_RUN.sub(" ", text).strip()
    return text.split(" ") if text else []


CER = EditRate(
    "cer",
    "CER",
    "Character edits per character of the target, every character counted as it is; the figure "
    "that jiwer gives by default.",
    RAW,
    characters,
)
CER_CI = EditRate(
    "cer_ci",
    "CER, any case",
    "Character edits per character of the target, upper and lower case taken as equal.",
    CI,
    characters,
)
CER_NORM = EditRate(
    "cer_norm",
    "CER, normalised",
    "Character edits per character of the target, both without case, punctuation, the dots of ё "
    "and the difference between Latin and Cyrillic letters that look alike.",
    DOCUMENT,
    characters,
)
WER = EditRate(
    "wer",
    "WER",
    "Word edits per word of the target; the figure that jiwer gives by default, for which a "
    "single line break does not end a word.",
    RAW,
    words_between_spaces,
)
WER_CI = EditRate(
    "wer_ci",
    "WER, any case",
    "Word edits per word of the target, upper and lower case taken as equal; any white space "
    "ends a word.",
    CI,
    str.split,
)
WER_NORM = EditRate(
    "wer_norm",
    "WER, normalised",
    "Word edits per word of the target, both without case, punctuation, the dots of ё and the "
    "difference between Latin and Cyrillic letters that look alike.",
    DOCUMENT,
    str.split,
)
