"""HallusionBench: yes/no questions about figures, in sets that must be answered consistently.

Samples need the target `Yes` or `No`. Questions about one figure, and one question about all
figures, are told from the group (`l2-category` and set) and the metadata's `figure_id` and
`question_id`; in VLMEvalKit's table they are parts of the index.

Source: `Hallusion_rating` in
https://github.com/open-compass/VLMEvalKit/blob/main/vlmeval/dataset/utils/yorn.py
"""

from collections.abc import Callable

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Unscored
from vlmhb.metrics.metadata import said
from vlmhb.metrics.right import AllRight, Right, Rightness
from vlmhb.metrics.vlmeval.yes_no import RULE, says_target


def says_target_in_set(key: str) -> Callable[[str, Sample], Rightness]:
    """Whether an answer is right, for samples that say their set and their `key`."""

    def is_right(answer: str, sample: Sample) -> Rightness:
        if not (sample.group and said(sample, key)):
            return Unscored(f"the sample does not say its group and {key}")
        return says_target(answer, sample)

    return is_right


def in_set(key: str) -> Callable[[Sample], str]:
    """What samples with the same set and the same `key` share."""
    return lambda sample: f"{sample.group}_{said(sample, key)}"


HALLUSION_AACC = Right(
    "hallusion_aacc",
    "HallusionBench aAcc",
    "Share of questions answered rightly; an answer with both words or neither is wrong.",
    RULE,
    says_target,
)
HALLUSION_FACC = AllRight(
    "hallusion_facc",
    "HallusionBench fAcc",
    "Share of figures with every question about them answered rightly.",
    RULE,
    says_target_in_set("figure_id"),
    unit="figure",
    unit_of=in_set("figure_id"),
)
HALLUSION_QACC = AllRight(
    "hallusion_qacc",
    "HallusionBench qAcc",
    "Share of questions answered rightly for every figure they are asked about.",
    RULE,
    says_target_in_set("question_id"),
    unit="question about all figures",
    unit_of=in_set("question_id"),
)
