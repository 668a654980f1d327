"""Metrics that ask a judge what rules cannot tell: its model is named by `vlmhb score --judge`.

`judge` asks about every answer whether it says the same as a target; `mcq_judge` and
`yes_no_judge` ask what an answer chose where the rules of `mcq` and `yes_no` find nothing.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from vlmhb.domain.digest import Json
from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Score, Unscored
from vlmhb.domain.task import AnswerKind
from vlmhb.metrics.vlmeval.mcq import picks_target
from vlmhb.metrics.vlmeval.option import named_option
from vlmhb.metrics.vlmeval.yes_no import NO, UNKNOWN, YES, says_target, true_answer, yes_or_no

NO_VERDICT = Unscored("no verdict of a judge")
"""What an answer gets that rules do not decide, until a judge does."""
MAX_ANSWER_CHARS = 8_000
"""Of an answer, this much is shown to the judge; one that runs on has said all it will say."""
CORRECT, INCORRECT, NONE = "CORRECT", "INCORRECT", "NONE"
WORD = re.compile(r"\W*(\w+)\W*")


@dataclass(frozen=True, slots=True)
class Judged:
    """Right or wrong, by rules where they tell and by a judge where they do not."""

    name: str
    title: str
    summary: str
    ask: Callable[[str, Sample], "dict[str, Json] | None"]
    """What the judge is shown; None where rules decide."""
    by_rule: Callable[[str, Sample], "bool | Unscored"]
    """Of an answer that rules decide."""
    by_word: Callable[[str, Sample], "bool | None"]
    """Of the judge's word; None for one it was not offered."""
    normalisation: str = "an LLM judge"
    direction: Direction = Direction.HIGHER
    kinds: frozenset[AnswerKind] = frozenset({AnswerKind.REPLY})

    def question(self, text: str, sample: Sample) -> str | None:
        """The JSON object that the judge gets about the answer `text`; None where rules decide."""
        shown = self.ask(text, sample)
        return None if shown is None else json.dumps(shown, ensure_ascii=False, indent=1)

    def read(self, verdict: str, sample: Sample) -> Score | Unscored:
        """1 of 1 for right, 0 of 1 for wrong; a reply of more than one word is no verdict."""
        word = WORD.fullmatch(verdict)
        is_right = self.by_word(word[1], sample) if word else None
        if is_right is None:
            return Unscored(f"the judge's verdict cannot be read: {verdict[:80]!r}")
        return Score(float(is_right), 1)

    def score(self, text: str, sample: Sample) -> Score | Unscored:
        """By rules alone."""
        if self.question(text, sample) is not None:
            return NO_VERDICT
        is_right = self.by_rule(text, sample)
        return is_right if isinstance(is_right, Unscored) else Score(float(is_right), 1)

    def worst(self, sample: Sample) -> Score | Unscored:
        """0 of 1, where an answer could be judged."""
        unfit = self.by_rule("", sample)
        return unfit if isinstance(unfit, Unscored) else Score(0, 1)


def ask_if_same(text: str, sample: Sample) -> "dict[str, Json] | None":
    """Whether the answer says the same as a target. Nothing is asked about an empty one."""
    if not sample.targets or not text.strip():
        return None
    return {
        "task": "Does the answer say the same as one of the accepted answers to the question, "
        "apart from wording, case, punctuation and the way numbers and dates are written? "
        f"Words to reply with: {CORRECT}, {INCORRECT}.",
        "question": sample.question,
        "accepted answers": list(sample.targets),
        "answer": text[:MAX_ANSWER_CHARS],
    }


def nothing_said(_text: str, sample: Sample) -> bool | Unscored:
    """An empty answer is right only where no text is."""
    if not sample.targets:
        return Unscored("the sample has no target")
    return any(not target.strip() for target in sample.targets)


def is_correct(word: str, _sample: Sample) -> bool | None:
    """Whether the judge said CORRECT."""
    return {CORRECT: True, INCORRECT: False}.get(word.upper())


def ask_for_option(text: str, sample: Sample) -> "dict[str, Json] | None":
    """Which option the answer chose, where no rule finds one."""
    choices = dict(sample.choices)
    if "A" not in choices or not text.strip() or named_option(text, choices):
        return None
    if isinstance(picks_target(text, sample), Unscored):
        return None
    return {
        "task": "Which of the options did the answer choose? Reply with its letter, or with "
        f"{NONE} if it chose none or several. Words to reply with: "
        f"{', '.join((*choices, NONE))}.",
        "question": sample.question,
        "options": dict(choices),
        "answer": text[:MAX_ANSWER_CHARS],
    }


def is_target(word: str, sample: Sample) -> bool | None:
    """Whether the judge named the right option."""
    letter = word.upper()
    if letter != NONE and letter not in dict(sample.choices):
        return None
    return letter in sample.targets


def ask_yes_or_no(text: str, sample: Sample) -> "dict[str, Json] | None":
    """Whether the answer means yes or no, where no rule tells."""
    if isinstance(true_answer(sample), Unscored) or not text.strip():
        return None
    if yes_or_no(text) != UNKNOWN:
        return None
    return {
        "task": "Does the answer mean yes or no? Words to reply with: "
        f"{YES.upper()}, {NO.upper()}, {UNKNOWN.upper()}.",
        "question": sample.question,
        "answer": text[:MAX_ANSWER_CHARS],
    }


def is_true(word: str, sample: Sample) -> bool | None:
    """Whether the judge understood what the target says."""
    said = word.capitalize()
    return said == true_answer(sample) if said in (YES, NO, UNKNOWN) else None


JUDGE = Judged(
    "judge",
    "Judged right",
    "Share of answers that an LLM judge finds to say the same as a target; unscored without its "
    "verdict.",
    ask_if_same,
    nothing_said,
    is_correct,
)
MCQ_JUDGE = Judged(
    "mcq_judge",
    "Choice accuracy, judged",
    "Share of questions for which the answer chose the right option, where an LLM judge reads the "
    "answers that name none by rule.",
    ask_for_option,
    picks_target,
    is_target,
)
YES_NO_JUDGE = Judged(
    "yes_no_judge",
    "Yes/no accuracy, judged",
    "Share of yes/no questions answered rightly, where an LLM judge reads the answers that say "
    "neither or both.",
    ask_yes_or_no,
    says_target,
    is_true,
)
