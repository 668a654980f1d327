"""Numbers that are known by how many digits they have."""

import re
from collections.abc import Callable, Collection

from vlmhb.metrics.fields.kind import Kind, Reading
from vlmhb.metrics.fields.labels import without_others

RUN = re.compile(r"(?<!\d)\d+(?!\d)", re.ASCII)
# Separators that people put inside one number: `112-233-445 95`, `45 05 № 679944`.
SPACED = re.compile(r"\d+(?:[ \u00a0\u2009\u202f.\-\u2010-\u2013]?\d+)*", re.ASCII)
NOT_DIGITS = re.compile(r"\D")


def runs(
    text: str, lengths: Collection[int], usual: re.Pattern[str] | None = None
) -> tuple[str, ...]:
    """The numbers of a text with one of these many digits.

    Those written in one piece or as is `usual`, or else those that come out so when spaces, dots
    and hyphens between digits are left out.
    """
    written = () if usual is None else usual.findall(text)
    pieces = (
        *(run for run in RUN.findall(text) if len(run) in lengths),
        *(NOT_DIGITS.sub("", run) for run in written),
    )
    if pieces:
        return pieces
    joined = (NOT_DIGITS.sub("", run) for run in SPACED.findall(text))
    return tuple(run for run in joined if len(run) in lengths)


def digit_kind(
    name: str,
    lengths: Collection[int],
    whole: Callable[[str], bool],
    check: Callable[[str], bool] | None = None,
    usual: re.Pattern[str] | None = None,
) -> Kind:
    """A kind whose values are numbers of these lengths.

    `whole` gets a text that holds just one such number and says whether it can be of no other
    kind. What is written as is `usual` ends where its pattern does, even next to other numbers.
    """

    def readings(text: str) -> tuple[Reading, ...]:
        numbers = runs(without_others(text, name), lengths, usual)
        return tuple(frozenset({number}) for number in numbers)

    def is_whole(text: str) -> bool:
        bare = text.strip()
        only = SPACED.fullmatch(bare) is not None and len(NOT_DIGITS.sub("", bare)) in lengths
        return only and whole(bare)

    return Kind(name, readings, is_whole, check)


def weighted_sum(digits: str, weights: Collection[int]) -> int:
    """The sum of digits times weights, position by position."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
