"""Spellings made equal step by step: what is equal after a step differs in that step at most."""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from vlmhb.metrics.text.field_found import occurs
from vlmhb.metrics.text.normalize import (
    CYRILLIC,
    LATIN,
    MANY_MARKS,
    any_case,
    dashes,
    invisible,
    is_punctuation,
    nfc,
    single_spaces,
)
from vlmhb.report.error_classes.classes import ErrorClass

LIKE = 0.5
"""Less similar texts have nothing to do with each other, as ANLS has it."""
MARK = re.compile(r"[^\w\s]|_")
KEPT = frozenset("%‰")
WITHIN_NUMBERS = frozenset(".,:/-")
SIGNS = frozenset("-+")
# What NFD parts from Latin, Greek, Cyrillic, Hebrew, Arabic and Japanese letters.
ON_LETTERS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff"
    "\u20d0-\u20dc\u3099\u309a\ufe20-\ufe2f]"
)
LOOK_ALIKES = [pair for pair in zip(CYRILLIC, LATIN, strict=True) if pair[0].islower()]
LOOSE_SPACE = re.compile(r"(?<!\d) | (?!\d)")


def tidy(text: str) -> str:
    """`text` without punctuation and with single spaces; marks that belong to numbers stay."""
    if not text.isascii():
        text = dashes(nfc(invisible(text)))
    return single_spaces(MARK.sub(_kept, text))


def _kept(match: re.Match[str]) -> str:
    mark = match[0]
    if mark in KEPT or (mark != "_" and not is_punctuation(mark)):
        return mark
    before, after = match.string[: match.start()][-1:], match.string[match.end() :][:1]
    if not after.isdecimal():
        return " "
    within = mark in WITHIN_NUMBERS and before.isdecimal()
    signs = mark in SIGNS and not before.isalnum()
    return mark if within or signs else " "


def in_any_case(text: str) -> str:
    """`tidy` text without capitals."""
    return nfc(any_case(text))


def without_marks(text: str) -> str:
    """`text` without what is set on letters: ё is е, й is и."""
    if text.isascii():
        return text
    text = text.replace("ё", "е").replace("й", "и")  # all that most Russian texts have
    if unicodedata.is_normalized("NFD", text):
        return nfc(ON_LETTERS.sub("", text))
    pieces = (unicodedata.normalize("NFD", piece) for piece in MANY_MARKS.split(text))
    return nfc(ON_LETTERS.sub("", "".join(pieces)))


def with_look_alikes(text: str) -> str:
    """`text` with one letter for those that look like it: Latin ones, as few texts need any."""
    if text.isascii():
        return text
    if not unicodedata.is_normalized("NFKC", text):
        parts = (unicodedata.normalize("NFKC", part) for part in MANY_MARKS.split(text))
        text = single_spaces("".join(parts).casefold())
    for cyrillic, latin in LOOK_ALIKES:  # takes a tenth of the time of `translate`
        text = text.replace(cyrillic, latin)
    return text


STEPS: tuple[tuple[ErrorClass, Callable[[str], str]], ...] = (
    (ErrorClass.SPACING, tidy),
    (ErrorClass.CASE, in_any_case),
    (ErrorClass.DIACRITICS, without_marks),
    (ErrorClass.LOOK_ALIKES, with_look_alikes),
)


@lru_cache(maxsize=64)  # an answer is compared with each of its targets
def spellings(text: str) -> tuple[str, ...]:
    """`text` after each of the steps."""
    found = []
    for _, step in STEPS:
        text = step(text)
        found.append(text)
    return tuple(found)


def folded(text: str) -> str:
    """`text` after all steps."""
    return spellings(text)[-1]


YES_OR_NO = frozenset(
    map(
        folded,
        ("yes", "no", "true", "false", "да", "нет", "예", "네", "아니오", "아니요", "是", "否"),
    )
)


def is_yes_or_no(text: str) -> bool:
    """Whether a text is nothing but yes or no, in one of several languages."""
    return folded(text) in YES_OR_NO


def joined(text: str) -> str:
    """`text` without spaces but for those between digits, which part numbers."""
    return LOOSE_SPACE.sub("", text)


def spelt(answer: str, target: str, *, within: bool) -> ErrorClass | None:
    """The last step that makes both equal, or has the target stand in the answer `within`."""
    if _are_equal(*map(single_spaces, (dashes(answer), dashes(target)))):
        return ErrorClass.SPACING
    # What is not equal after the last step was not before it.
    if not within and not _are_equal(folded(answer), folded(target)):
        return None
    for (name, _), one, other in zip(STEPS, spellings(answer), spellings(target), strict=True):
        if _are_equal(one, other) or (within and other and occurs(other, one)):
            return name
    return None


def _are_equal(one: str, other: str) -> bool:
    """Spaces aside; few texts pass the first look, which costs next to nothing."""
    return one.replace(" ", "") == other.replace(" ", "") and joined(one) == joined(other)
