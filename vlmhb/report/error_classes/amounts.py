"""How much of a target an answer has, and how much more."""

from collections import Counter
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from vlmhb.metrics.text.field_found import occurs
from vlmhb.report.error_classes.spelling import folded

MANY_WORDS = 8
LEAST_SHARE = 0.1
MOST_WORDS = 20_000


@dataclass(frozen=True, slots=True)
class Amounts:
    """Words of a target and of an answer, aligned."""

    target: int
    missing: int
    added: int
    replaced: int


def has_more(answer: str, target: str) -> bool:
    """Whether the target stands in the answer, or most of what differs was added to it."""
    one, other = folded(answer), folded(target)
    if other and one != other and occurs(other, one):
        return True
    if one.count(" ") <= other.count(" "):
        return False
    found = _amounts(one, other)
    return found is not None and _outweighs(found.added, found.missing + found.replaced, found)


def has_less(answer: str, target: str) -> bool:
    """Whether the answer stands in the target, or most of what differs is missing in it."""
    one, other = folded(answer), folded(target)
    if one and one != other and occurs(one, other):
        return True
    if one.count(" ") >= other.count(" "):
        return False
    found = _amounts(one, other)
    return found is not None and _outweighs(found.missing, found.added + found.replaced, found)


def is_reordered(answer: str, target: str) -> bool:
    """Whether both have the same words, at least two."""
    one, other = folded(answer), folded(target)
    if len(one) != len(other) or " " not in one:
        return False
    return Counter(one.split()) == Counter(other.split())


def _outweighs(what: int, rest: int, found: Amounts) -> bool:
    return what > rest and what >= LEAST_SHARE * found.target


def _amounts(answer: str, target: str) -> Amounts | None:
    """None for a target of few words, and for texts too long to align."""
    one, other = target.split(), answer.split()
    if len(one) < MANY_WORDS or max(len(one), len(other)) > MOST_WORDS:
        return None
    missing = added = replaced = 0
    for step in Levenshtein.opcodes(one, other):
        source, written = step.src_end - step.src_start, step.dest_end - step.dest_start
        if step.tag == "delete":
            missing += source
        elif step.tag == "insert":
            added += written
        elif step.tag == "replace":
            replaced += source
    return Amounts(len(one), missing, added, replaced)
