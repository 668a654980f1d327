"""Markdown that is short enough to be pasted where its length is limited."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

COMMENT_CHARS = 65_536
"""What a comment on a pull request may have at GitHub."""
NOTE_CHARS = 1_000
"""Kept free for what says what was left out."""


@dataclass(frozen=True, slots=True)
class Section:
    """Lines that go together."""

    title: str
    """What they are, in Markdown, for when they have to be left out."""
    head: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    """The lines that are left out first, beginning with the last one."""
    tail: tuple[str, ...] = ()
    whole: str = ""
    """The file that has everything."""

    @property
    def lines(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.head, *self.rows, *self.tail)


def bounded(sections: Sequence[Section], chars: int = COMMENT_CHARS) -> str:
    """The lines of as many sections as `chars` have room for, the first ones first.

    What is left out is told behind the first section, and where rows of a section are missing.
    """
    room = chars - NOTE_CHARS
    first, *others = sections
    kept, missing = list(first.lines), []
    room -= length(kept)
    rest: list[str] = []
    for section in others:
        lines, count = _fitting(section, room)
        room -= length(lines)
        rest += lines
        if count:
            missing.append(f"{count} rows of {section.title}" if lines else section.title)
    if missing:
        kept += _note(missing, chars)
    return "".join(f"{line}\n" for line in (*kept, *rest))


def length(lines: Iterable[str]) -> int:
    """Characters with line ends; one beyond the basic plane is two, as browsers count them."""
    return sum(len(line.encode("utf-16-le")) // 2 + 1 for line in lines)


def _fitting(section: Section, room: int) -> tuple[tuple[str, ...], int]:
    """The lines that there is room for, and how many rows are not among them."""
    if length(section.lines) <= room:
        return section.lines, 0
    total = len(section.rows)
    room -= length((*section.head, *_more(total, section), *section.tail))
    rows = tuple(until(section.rows, room))
    if not rows:
        return (), total or 1
    count = total - len(rows)
    return (*section.head, *rows, *_more(count, section), *section.tail), count


def _more(count: int, section: Section) -> tuple[str, str]:
    return "", f"{count} more rows are in {section.whole}."


def until(rows: Iterable[str], room: int) -> Iterator[str]:
    """The first of the lines `rows`, as many as `room` characters hold."""
    for row in rows:
        room -= length([row])
        if room < 0:
            return
        yield row


def _note(missing: Sequence[str], chars: int) -> tuple[str, str]:
    told = list(until(missing, NOTE_CHARS // 2))
    if len(told) < len(missing):
        told.append(f"{len(missing) - len(told)} more sections")
    return f"Cut to the {chars:,} characters of a comment. Left out: {'; '.join(told)}.", ""
