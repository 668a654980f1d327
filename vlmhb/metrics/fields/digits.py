"""Numbers that are known by how many digits they have."""

import re
from collections.abc import Callable, Collection

from vlmhb.metrics.fields.kind import Kind, Reading

RUN = re.compile(r"(?<!\d)\d+(?!\d)", re.ASCII)
# Separators that people put inside one number: `112-233-445 95`, `45 05 № 679944`.
SPACED = re.compile(r"\d+(?:[ \u00a0\u2009\u202f.\-\u2010-\u2013]?\d+)*", re.ASCII)
NOT_DIGITS = re.compile(r"\D")


def runs(text: str, lengths: Collection[int]) -> tuple[str, ...]:
    """The numbers of a text with one of these many digits.

    Those written in one piece, or else those that come out so when spaces, dots and hyphens
    between digits are left out.
    """
    pieces = tuple(run for run in RUN.findall(text) if len(run) in lengths)
    if pieces:
        return pieces
    joined = (NOT_DIGITS.sub("", run) for run in SPACED.findall(text))
    return tuple(run for run in joined if len(run) in lengths)


def digit_kind(
    name: str,
    lengths: Collection[int],
    whole: Callable[[str], bool],
    check: Callable[[str], bool] | None = None,
) -> Kind:
    """A kind whose values are numbers of these lengths.

    `whole` gets a text that holds just one such number and says whether it can be of no other
    kind.
    """

    def readings(text: str) -> tuple[Reading, ...]:
        return tuple(frozenset({run}) for run in runs(text, lengths))

    def is_whole(text: str) -> bool:
        bare = text.strip()
        only = SPACED.fullmatch(bare) is not None and len(NOT_DIGITS.sub("", bare)) in lengths
        return only and whole(bare)

    return Kind(name, readings, is_whole, check)


def weighted(digits: str, weights: Collection[int]) -> int:
    """The sum of digits times weights, position by position."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
