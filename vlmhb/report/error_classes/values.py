"""Values that are the same or nearly so: written otherwise, or misread."""

import re
from itertools import zip_longest

from rapidfuzz.distance import Levenshtein

from vlmhb.metrics.fields.kind import Kind, reading
from vlmhb.metrics.fields.kinds import LONGEST_VALUE, TEXT, in_language, kind_told
from vlmhb.metrics.fields.money import MONEY
from vlmhb.report.error_classes.spelling import LIKE, folded, is_yes_or_no

NUMBER = re.compile(r"[\d\s.,'+\-\u2212]*\d[\d\s.,'+\-\u2212]*")
# After folding: small Latin letters where Cyrillic ones look the same.
TO_DIGITS = {"o": "0", "l": "1", "i": "1", "|": "1", "з": "3", "б": "6", "s": "5"}
DIGIT = re.compile(r"\d")
MARKS = frozenset(" .,:/-'")
"""Of those that stand within numbers."""


def is_same_value(answer: str, target: str, language: str, *, as_a_whole: bool = False) -> bool:
    """Whether both are the same number, date or other typed value.

    Words around it aside, but `as_a_whole` with none but those that belong to it: a currency.
    """
    kind = _kind(target, language)
    if kind is None or len(target) > LONGEST_VALUE or (as_a_whole and not kind.whole(answer)):
        return False
    said, truth = reading(kind, answer), reading(kind, target)
    return bool(said and truth and kind.agree(said, truth))


def _kind(target: str, language: str) -> Kind | None:
    """None for text, which is not written in another way but by other words."""
    kind = kind_told((target,), language)
    if kind is not TEXT:
        return kind
    return in_language(MONEY, language) if NUMBER.fullmatch(target) else None


def has_misread_digits(answer: str, target: str) -> bool:
    """Whether digits alone differ, marks within numbers, or letters that look like digits.

    Half of the digits have to agree, or beside letters half of all characters.
    """
    one, other = folded(answer), folded(target)
    first = next((a + b for a, b in zip_longest(one, other, fillvalue="") if a != b), "")
    if not any(each in MARKS or each.isdecimal() for each in first):  # long before all are aligned
        return False
    wrong = _misread_digits(one, other)
    if wrong is None:
        return False
    digits = max(len(DIGIT.findall(text)) for text in (one, other))
    return 2 * wrong <= digits or is_alike(answer, target)


def _misread_digits(one: str, other: str) -> int | None:
    """How many digits differ, those aside that only look like another; None if more differs."""
    wrong = 0
    for step in Levenshtein.editops(one, other):
        gone = "" if step.tag == "insert" else one[step.src_pos]
        come = "" if step.tag == "delete" else other[step.dest_pos]
        beside = other[max(step.dest_pos - 1, 0) : step.dest_pos + 2]
        if DIGIT.search(gone + come):
            if not all(map(_may_be_in_number, gone + come)):
                return None
            wrong += TO_DIGITS.get(gone, gone) != TO_DIGITS.get(come, come)
        elif not (MARKS.issuperset(gone + come) and DIGIT.search(beside)):
            return None
    return wrong


def _may_be_in_number(character: str) -> bool:
    return character in TO_DIGITS or character in MARKS or character.isdecimal()


def is_alike(answer: str, target: str) -> bool:
    """Whether at least half of the characters agree, of a text with letters."""
    one, other = folded(answer), folded(target)
    if not any(map(str.isalpha, other)) or is_yes_or_no(target):
        return False
    return Levenshtein.normalized_similarity(one, other, score_cutoff=LIKE) > 0
