"""Two answers as pieces, so that a page can show where they part."""

from collections.abc import Iterator
from dataclasses import dataclass

from vlmhb.report.page.diff import diff_of
from vlmhb.report.text import encodable

SHOWN_CHARS = 20_000
"""Of each answer; answers.csv has the rest."""

Pieces = tuple[tuple[str, str], ...]
"""(kind, text): `same`, `missing` in the other answer, `added` by this one, or `outside`."""


@dataclass(frozen=True, slots=True)
class SideBySide:
    """The answers of A and B."""

    a: Pieces
    b: Pieces
    cut: int
    """Characters of both that are not shown."""


def side_by_side(a: str, b: str) -> SideBySide:
    """What both have is `same`; answers too long to compare are shown as they are."""
    one, other = encodable(a)[:SHOWN_CHARS], encodable(b)[:SHOWN_CHARS]
    cut = max(0, len(a) - SHOWN_CHARS) + max(0, len(b) - SHOWN_CHARS)
    found = diff_of(other, [one]) if one and other else None
    if found is None:
        return SideBySide(_pieces(("same", one)), _pieces(("same", other)), cut)
    passage = other[found.start : found.end]
    before, after = ("outside", other[: found.start]), ("outside", other[found.end :])
    return SideBySide(
        _pieces(*_walked(one, found.runs, "missing")),
        _pieces(before, *_walked(passage, found.runs, "added"), after),
        cut,
    )


def _walked(text: str, runs: tuple[int, ...], kind: str) -> Iterator[tuple[str, str]]:
    place, own = 0, 1 if kind == "missing" else 2
    for start in range(0, len(runs), 3):
        kept, differing = runs[start], runs[start + own]
        yield "same", text[place : place + kept]
        yield kind, text[place + kept : place + kept + differing]
        place += kept + differing


def _pieces(*pieces: tuple[str, str]) -> Pieces:
    return tuple(piece for piece in pieces if piece[1])
