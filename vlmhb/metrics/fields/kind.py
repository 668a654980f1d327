"""What a kind of value is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

Reading: TypeAlias = frozenset[str]
"""What a written value can mean, each meaning in one fixed spelling; several where the writing
is ambiguous, as in `03/04/2025`."""


def can_mean_the_same(said: Reading, truth: Reading) -> bool:
    """Whether two values have a meaning in common."""
    return bool(said & truth)


@dataclass(frozen=True, slots=True, eq=False)  # each kind is one object, as readings are cached
class Kind:
    """Values that can be read, and compared by what they mean."""

    name: str
    readings: Callable[[str], tuple[Reading, ...]]
    """Of every value of the kind in a text, in order; none where the text holds none."""
    whole: Callable[[str], bool]
    """Whether a text can only be one value of the kind, by which the kind of a target is told."""
    check: Callable[[str], bool] | None = None
    """Whether the check digits of a meaning are right, for numbers that have some."""
    longest: int = 2_000
    """Characters of a text that are read; a value stands in a line or two."""
    agree: Callable[[Reading, Reading], bool] = can_mean_the_same
    """Whether an answer and a target can mean the same."""


def reading(kind: Kind, text: str) -> Reading | None:
    """What a text says, words around it aside; None when it says nothing, or different things.

    A value written twice means what both writings can mean: `03/04/2025 (3 April 2025)`.
    """
    found = kind.readings(beginning(text, kind.longest))
    return (frozenset.intersection(*found) or None) if found else None


def beginning(text: str, longest: int) -> str:
    """The first characters of a text, up to where lines or else words part.

    A value that is cut in two would be another one.
    """
    if len(text) <= longest:
        return text
    start = text[:longest]
    ends = (start.rfind(mark) for mark in ("\n", " ", ","))
    return start[: next((end for end in ends if end > longest // 2), longest)]
