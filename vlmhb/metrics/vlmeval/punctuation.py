"""Text without punctuation, by the rule of the VQA challenge that VLMEvalKit applies."""

import re

MARKS = ';/[]"{}()=+\\_-><@`,?!'
DIGITS_AND_COMMA = re.compile(r"\d,\d")
LONE_PERIOD = re.compile(r"(?<!\d)\.(?!\d)")
PERIODS = 32
"""How many lone periods are taken out; VLMEvalKit passes the flag `re.UNICODE` for a count."""


def without_punctuation(text: str) -> str:
    """`text` with every mark dropped or made a space, and without its first 32 lone periods.

    A mark is dropped when it touches a space anywhere in the text, or when two digits have a comma
    between them: `1,000 (km)` keeps its words apart, `yes/no` becomes `yes no`.

    Source: https://github.com/open-compass/VLMEvalKit/blob/main/vlmeval/smp/misc.py
    """
    comma_between_digits = DIGITS_AND_COMMA.search(text) is not None
    cleaned = text
    for mark in MARKS:
        touches_space = f"{mark} " in text or f" {mark}" in text
        cleaned = cleaned.replace(mark, "" if comma_between_digits or touches_space else " ")
    return LONE_PERIOD.sub("", cleaned, count=PERIODS)
