"""One answer against one target."""

from dataclasses import dataclass, replace

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from vlmhb.metrics.text.normalize import invisible
from vlmhb.metrics.vlmeval.option import named_option
from vlmhb.report.error_classes.amounts import has_less, has_more, is_reordered
from vlmhb.report.error_classes.classes import ErrorClass
from vlmhb.report.error_classes.loops import is_loop
from vlmhb.report.error_classes.refusals import is_refusal, refuses
from vlmhb.report.error_classes.scripts import are_of_other_scripts
from vlmhb.report.error_classes.spelling import folded, spelt
from vlmhb.report.error_classes.structures import Leaves, is_table, leaves_of, table_text
from vlmhb.report.error_classes.values import has_misread_digits, is_alike, is_same_value
from vlmhb.report.page.diff import PASSAGE_SCORE, PASSAGE_TARGET_CHARS

MOST_CHARS = 20_000
"""Of an answer that are compared; a target that is longer has as many more."""

MORE_FACTOR = 2
"""An answer this many times longer than a short target holds more than its value."""


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, and what else there is to know of it."""

    text: str
    language: str = ""
    was_cut: bool = False
    is_page: bool = False
    """It is the text of a page, whatever was asked: what stands around a value is no mistake."""
    choices: tuple[tuple[str, str], ...] = ()
    """(letter, text) of those that the question offers."""


def class_of(said: Said, target: str) -> ErrorClass:
    """The first class that fits a wrong answer."""
    said = _shortened(said, target)
    return _broken_off(said, target) or _shaped(said, target) or _worded(said, target)


def _shortened(said: Said, target: str) -> Said:
    """The start of an answer, its end kept for what it says about loops."""
    most = max(MOST_CHARS, 4 * len(target))
    if len(said.text) <= most:
        return said
    text = said.text[: most // 2] + said.text[-most // 2 :]
    return replace(said, text=text)


def _broken_off(said: Said, target: str) -> ErrorClass | None:
    """What needs no look at the target's words."""
    if not invisible(said.text).strip():
        return ErrorClass.EMPTY
    if is_loop(said.text, target):
        return ErrorClass.LOOP
    return ErrorClass.PARTLY_RIGHT if said.text.strip() == target.strip() else None


def _shaped(said: Said, target: str) -> ErrorClass | None:
    """The class of an answer to be JSON or a table; None where the target is neither."""
    leaves = leaves_of(said.text, target)
    if leaves is not None:
        is_whole = leaves.is_whole and not said.was_cut
        return _of_leaves(leaves, said.language) if is_whole else _broken(said, target)
    if not is_table(target):
        return None
    words, truth = table_text(said.text), table_text(target)
    if words is None or truth is None:
        return _broken(said, target)
    is_same = folded(words) == folded(truth)
    return ErrorClass.STRUCTURE if is_same else _worded(replace(said, text=words), truth)


def _of_leaves(leaves: Leaves, language: str) -> ErrorClass:
    """The last class of those of the values, where not all are there in another order."""
    if leaves.are_reordered:
        return ErrorClass.REORDERED
    found = [_value_class(Said(one, language), other) for one, other in leaves.pairs]
    found += [ErrorClass.EXTRA_TEXT] * bool(leaves.added)
    found += [ErrorClass.MISSING_TEXT] * bool(leaves.missing)
    return max(found, key=lambda each: each.place, default=ErrorClass.FORMAT)


def _broken(said: Said, target: str) -> ErrorClass:
    """Of an answer without the structure of its target."""
    if said.was_cut:
        return ErrorClass.CUT
    return ErrorClass.REFUSED if refuses(said.text, target) else ErrorClass.STRUCTURE


def _value_class(said: Said, target: str) -> ErrorClass:
    """Of one value of several, where a blank one is missing."""
    if not said.text.strip():
        return ErrorClass.MISSING_TEXT
    return _worded(said, target)


def _worded(said: Said, target: str) -> ErrorClass:
    """The class that the words alone tell."""
    answer = said.text
    within = said.is_page and _holds_more(answer, target)
    near = _passage(answer, target) if _holds_more(answer, target) else answer
    found = spelt(answer, target, within=within) or (within and spelt(near, target, within=False))
    if found:
        return found
    if not folded(target):
        return ErrorClass.FORMAT if is_refusal(answer) else ErrorClass.MADE_UP
    if refuses(answer, target, is_page=said.is_page):
        return ErrorClass.REFUSED
    return _chosen(said, target) if said.choices else _other(said, near, target, within=within)


def _chosen(said: Said, target: str) -> ErrorClass:
    """Of a choice that is no spelling of the target."""
    if said.was_cut:
        return ErrorClass.CUT
    choices = dict(said.choices)
    letter = named_option(said.text, choices)
    is_right = letter in choices and target in (letter, choices[letter])
    return ErrorClass.EXTRA_TEXT if is_right else ErrorClass.OTHER_CHOICE


def _other(said: Said, near: str, target: str, *, within: bool) -> ErrorClass:
    """Of an answer that is no spelling of the target; `near` is what of it is most like that."""
    answer, language = said.text, said.language
    if not within and has_more(answer, target):
        is_same = is_same_value(answer, target, language, as_a_whole=True)
        return ErrorClass.FORMAT if is_same else ErrorClass.EXTRA_TEXT
    if is_same_value(near if within else answer, target, language):
        return ErrorClass.FORMAT
    return ErrorClass.CUT if said.was_cut else _differing(answer, near, target, within=within)


def _differing(answer: str, near: str, target: str, *, within: bool) -> ErrorClass:
    """Of an answer that is wrong in more than its form."""
    if are_of_other_scripts(near if near or within else answer, target):
        return ErrorClass.OTHER_SCRIPT
    if is_reordered(near, target):
        return ErrorClass.REORDERED
    if (within and not near) or (not within and has_less(answer, target)):
        return ErrorClass.MISSING_TEXT
    if has_misread_digits(near, target):
        return ErrorClass.DIGITS
    return ErrorClass.MISREAD if is_alike(near, target) else ErrorClass.OTHER_VALUE


def _holds_more(answer: str, target: str) -> bool:
    """Whether a short value may stand anywhere in the answer."""
    return 0 < len(target) <= PASSAGE_TARGET_CHARS and len(answer) > MORE_FACTOR * len(target)


def _passage(answer: str, target: str) -> str:
    """What of an answer is most like a short target; empty where nothing is."""
    found = fuzz.partial_ratio_alignment(target, answer, score_cutoff=PASSAGE_SCORE)
    if found is None:
        return ""
    return _closest(_whole_words(answer, found.dest_start, found.dest_end), target)


def _whole_words(text: str, start: int, end: int) -> str:
    """A part of a text with the words completed that it cuts."""
    while start and text[start - 1].isalnum() and text[start : start + 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    return text[start:end]


def _closest(passage: str, target: str) -> str:
    """The passage without its first or last word, where that is more like the target."""
    words = passage.split()
    parts = (passage, *(" ".join(part) for part in (words[1:], words[:-1], words[1:-1])))
    return max(parts, key=lambda part: Levenshtein.normalized_similarity(part, target))
