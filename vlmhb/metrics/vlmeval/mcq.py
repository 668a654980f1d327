"""Multiple-choice questions, scored as VLMEvalKit does without a judge.

`mcq` is for MMMU, SEEDBench, AI2D, ScienceQA, MMStar, RealWorldQA, VisOnlyQA, BLINK and any other
dataset with options; `mcq_circular` for MMBench, where a question is asked once for every rotation
of its options. Samples need `choices` (letter, text) and the right letter as their target.

- A question without options is open, as some of MMMU are: its options are then A, the target, and
  B, `Other Answers`.
- `mcq_circular` takes as one what has the same group; in VLMEvalKit's tables that is `g_index`, or
  `index` modulo a million.
- Splits, categories and `l2-category` become groups through the task's `group_by`.

Source: https://github.com/open-compass/VLMEvalKit/blob/main/vlmeval/dataset/utils/multiple_choice.py
"""

import string
from collections.abc import Sequence

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Unscored
from vlmhb.metrics.right import AllRight, Right, Rightness
from vlmhb.metrics.vlmeval.option import named_option

OTHER_ANSWERS = "Other Answers"
RULE = "VLMEvalKit's option rules"


def picks_target(answer: str, sample: Sample) -> Rightness:
    """Whether `answer` names the right option."""
    choices = dict(sample.choices)
    if not sample.targets:
        return Unscored("the sample has no target")
    if not choices:
        return picks_open(answer, sample.targets)
    if not choices.keys() & set(sample.targets):
        return Unscored(f'the target "{sample.targets[0]}" is none of the options')
    return named_option(answer, choices) in sample.targets


def picks_open(answer: str, targets: Sequence[str]) -> bool:
    """Whether `answer` names the target rather than other answers."""
    # Several targets are offered as one option, in the form of a list, which hardly any answer has.
    option = targets[0] if len(targets) == 1 else str(list(targets))
    # A target that is a capital letter is taken for the letter of an option.
    right = option if len(option) == 1 and option in string.ascii_uppercase else "A"
    return named_option(answer, {"A": option, "B": OTHER_ANSWERS}) == right


def picks_target_in_group(answer: str, sample: Sample) -> Rightness:
    """As `picks_target`, for a sample that says which question it is a rotation of."""
    if not sample.group:
        return Unscored("the sample has no group, so its other rotations are unknown")
    return picks_target(answer, sample)


MCQ = Right(
    "mcq",
    "Choice accuracy",
    "Share of questions for which the answer names the right option, by its letter or by its text; "
    "an answer that names none or several is wrong.",
    RULE,
    picks_target,
)
MCQ_CIRCULAR = AllRight(
    "mcq_circular",
    "Circular accuracy",
    "Share of questions answered rightly in every rotation of their options, as MMBench counts.",
    RULE,
    picks_target_in_group,
    unit="question with its rotations",
    unit_of=lambda sample: sample.group,
)
