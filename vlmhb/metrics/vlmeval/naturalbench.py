"""NaturalBench: two questions about two images, each with another answer for either image.

Samples need the target `Yes`, `No`, `A` or `B`, `type` in the metadata (`yes_no` or
`multiple_choice`), a group (the four rows) and `question_id` and `image_id` in the metadata, which
say which question and image of the group a row is about.

Source: https://github.com/open-compass/VLMEvalKit/blob/main/vlmeval/dataset/utils/naturalbench.py
"""

import re
from collections.abc import Callable

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Unscored
from vlmhb.metrics.metadata import said
from vlmhb.metrics.right import AllRight, Right, Rightness

FIRST_WORDS = {
    "yes_no": re.compile(r"\b(?:(yes)|(no))\b", re.IGNORECASE),
    "multiple_choice": re.compile(r"\b(?:(a)|(b))\b", re.IGNORECASE),
}
"""`type` -> the words that say an answer; the one that comes first counts, even an article."""
NEITHER = 0
RULE = "NaturalBench's first word"


def first_word(answer: str, kind: str) -> int:
    """1 when yes or A comes first in `answer`, 2 for no or B, 0 when it has neither."""
    found = FIRST_WORDS[kind].search(answer)
    return found.lastindex or NEITHER if found else NEITHER


def is_right(answer: str, sample: Sample) -> Rightness:
    """Whether the first word that counts is the target."""
    kind = said(sample, "type")
    if kind not in FIRST_WORDS:
        return Unscored(f'the type of question is "{kind}", not yes_no or multiple_choice')
    target = first_word(sample.targets[0], kind) if sample.targets else NEITHER
    if target == NEITHER:
        return Unscored(f"the target is no answer to a {kind} question")
    return first_word(answer, kind) == target


def is_right_in_group(*keys: str) -> Callable[[str, Sample], Rightness]:
    """Whether an answer is right, for samples that say their group and these keys."""

    def rightness(answer: str, sample: Sample) -> Rightness:
        missing = [key for key in keys if not said(sample, key)]
        if not sample.group or missing:
            return Unscored(f"the sample does not say its {' or '.join(['group', *keys])}")
        return is_right(answer, sample)

    return rightness


def in_group(*keys: str) -> Callable[[Sample], str]:
    """What samples with the same group and the same values of these keys share."""
    return lambda sample: "_".join((sample.group, *(said(sample, key) for key in keys)))


NATURALBENCH_ACC = Right(
    "naturalbench_acc",
    "NaturalBench Acc",
    "Share of right answers.",
    RULE,
    is_right,
)
NATURALBENCH_QACC = AllRight(
    "naturalbench_qacc",
    "NaturalBench Q-Acc",
    "Share of questions answered rightly for both images.",
    RULE,
    is_right_in_group("question_id"),
    unit="question about two images",
    unit_of=in_group("question_id"),
)
NATURALBENCH_IACC = AllRight(
    "naturalbench_iacc",
    "NaturalBench I-Acc",
    "Share of images with both questions about them answered rightly.",
    RULE,
    is_right_in_group("image_id"),
    unit="image with two questions",
    unit_of=in_group("image_id"),
)
NATURALBENCH_GACC = AllRight(
    "naturalbench_gacc",
    "NaturalBench G-Acc",
    "Share of groups, two questions about two images, with all four answers right.",
    RULE,
    is_right_in_group(),
    unit="group of two questions and two images",
    unit_of=in_group(),
)
