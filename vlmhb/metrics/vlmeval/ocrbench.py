"""OCRBench: whether any target stands in the answer, cut out of longer words or not.

Handwritten formulas (`category` in the metadata) are compared with their case and without spaces,
all else without case. On its 1,000 questions a scale of 1000 gives the benchmark's Final Score.

Source: `OCRBench` in
https://github.com/open-compass/VLMEvalKit/blob/main/vlmeval/dataset/image_vqa.py
"""

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Unscored
from vlmhb.domain.task import AnswerKind
from vlmhb.metrics.metadata import said
from vlmhb.metrics.right import Right, Rightness

FORMULAS = "Handwritten Mathematical Expression Recognition"


def holds_target(answer: str, sample: Sample) -> Rightness:
    """Whether `answer` holds a target."""
    if not sample.targets:
        return Unscored("the sample has no target")
    compared = formula if said(sample, "category") == FORMULAS else one_line
    text = compared(answer)
    return any(compared(target) in text for target in sample.targets)


def one_line(text: str) -> str:
    """`text` in lower case, its line breaks as spaces."""
    return text.lower().strip().replace("\n", " ")


def formula(text: str) -> str:
    """`text` without spaces and line breaks."""
    return text.strip().replace("\n", " ").replace(" ", "")


OCRBENCH = Right(
    "ocrbench",
    "OCRBench",
    "Share of questions with a target somewhere in the answer, by OCRBench's rule.",
    "lower case, line breaks as spaces; formulas: no spaces",
    holds_target,
    kinds=frozenset(AnswerKind),
)
