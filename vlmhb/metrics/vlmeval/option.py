"""Which option of a multiple-choice question an answer names, by VLMEvalKit's rules.

Source: https://github.com/open-compass/VLMEvalKit/blob/main/vlmeval/utils/matching_util.py
"""

import re
from collections.abc import Mapping

REFUSED = "Z"
"""Stands for an answer that says it is none."""
REFUSALS = (
    "Sorry, I can't help with images of people yet.",
    "I can't process this file.",
    "I'm sorry, but without the image provided",
    "Cannot determine the answer",
)
FAILED = "Failed to obtain answer via API"
"""What VLMEvalKit writes in place of an answer; its letters are no choice."""
MARKS_TO_SPACES = str.maketrans(dict.fromkeys(".()[],:;!*#{}", " "))
LAST_WORDS = 4
"""A single letter counts only here: further up, `A` is more often an article than a choice."""
ANNOUNCED = re.compile(r"answer\s+is\s+\**([ABCD])", re.IGNORECASE)


def named_option(answer: str, choices: Mapping[str, str]) -> str:
    """The letter of the option that `answer` names, `Z` for a refusal, empty for neither.

    `choices` maps letters to texts. A letter that stands alone comes first, then `answer is X`,
    then the text of exactly one option.
    """
    return option_by_letter(answer, choices) or option_by_text(answer, choices)


def option_by_letter(answer: str, choices: Mapping[str, str]) -> str:
    """The option that `answer` names by its letter, or `Z`, or nothing."""
    if FAILED in answer:
        return ""
    if any(refusal in answer for refusal in REFUSALS):
        return REFUSED
    words = answer.translate(MARKS_TO_SPACES).split()
    known = set(words)
    letters = [letter for letter in choices if letter in known]
    if not letters and REFUSED in known:
        return REFUSED
    if len(letters) == 1 and words.index(letters[0]) >= len(words) - LAST_WORDS:
        return letters[0]
    # Its letter may open a word: `the answer is blue` names B. That is so in the source.
    announced = ANNOUNCED.search(answer)
    letter = announced[1].upper() if announced else ""
    return letter if letter in choices else ""


def option_by_text(answer: str, choices: Mapping[str, str]) -> str:
    """The only option whose text is part of an answer that is not much longer than all of them."""
    if len(answer.lower()) > 2 * sum(map(len, choices.values())):
        return ""
    found = [letter for letter, text in choices.items() if text.lower() in answer.lower()]
    return found[0] if len(found) == 1 else ""
