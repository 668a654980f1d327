"""Yes/no questions, scored as VLMEvalKit does without a judge; the target is `Yes` or `No`.

Source: https://github.com/open-compass/VLMEvalKit/blob/main/vlmeval/dataset/utils/yorn.py
"""

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Unscored
from vlmhb.metrics.right import Right, Rightness
from vlmhb.metrics.vlmeval.punctuation import without_punctuation

YES = "Yes"
NO = "No"
UNKNOWN = "Unknown"
RULE = "VLMEvalKit's yes/no rule"


def yes_or_no(answer: str) -> str:
    """`Yes` for an answer with that word and without `no`, the other way about, or `Unknown`."""
    words = set(without_punctuation(answer.lower()).split())
    if "yes" in words:
        return UNKNOWN if "no" in words else YES
    return NO if "no" in words else UNKNOWN


def true_answer(sample: Sample) -> str | Unscored:
    """`Yes` or `No`, whichever is the target."""
    target = sample.targets[0].strip().capitalize() if sample.targets else ""
    return target if target in (YES, NO) else Unscored("the target is neither Yes nor No")


def says_target(answer: str, sample: Sample) -> Rightness:
    """Whether `answer` says what the target says; one that says neither or both does not."""
    target = true_answer(sample)
    return target if isinstance(target, Unscored) else yes_or_no(answer) == target


YES_NO = Right(
    "yes_no",
    "Yes/no accuracy",
    "Share of yes/no questions answered rightly; an answer with both words or neither is wrong.",
    RULE,
    says_target,
)
