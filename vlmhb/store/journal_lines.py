"""The lines of a journal: `crc32 SP json LF`, the checksum as 8 hex digits over the JSON's bytes.

The JSON is ASCII. The first line is a header. Lines that are written in one go are synced as one;
each of them but the first ends with a space before its LF. So whoever reads them after a power cut
knows which of them stood on the disk before the next was written: a bad line is damage when a line
without that space follows somewhere, or when it begins in a part that is known to have been whole,
and else what a crash has torn.
"""

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

from vlmhb.domain.digest import canonical_json

HEADER: Final[dict[str, str | int]] = {"format": "vlmhb-journal", "version": 1}
_CRC_DIGITS: Final = 8
_JOINED: Final = b" "


@dataclass(frozen=True, slots=True)
class Line:
    """A line whose checksum is right."""

    number: int
    """Counted from 1."""
    start: int
    """Where it begins, in bytes."""
    text: bytes
    """Its JSON."""
    is_joined: bool
    """It was written together with the one before it."""

    @property
    def content(self) -> bytes:
        """As it stands in the file."""
        return _encoded(self.text)

    @property
    def size_bytes(self) -> int:
        """Of that."""
        return _CRC_DIGITS + len(b" ") + len(self.text) + len(b"\n")


@dataclass(frozen=True, slots=True)
class BadLine:
    """Something else, up to a line's end or that of the file."""

    number: int
    start: int
    content: bytes


def lines_of(file: BinaryIO) -> Iterator[Line | BadLine]:
    """Every line of `file`, from where it stands."""
    start = 0
    for number, content in enumerate(file, start=1):
        yield _line(number, start, content)
        start += len(content)


def _line(number: int, start: int, content: bytes) -> Line | BadLine:
    checksum, separator, text = content[:_CRC_DIGITS], content[_CRC_DIGITS:9], content[9:-1]
    if content[-1:] != b"\n" or separator != b" " or checksum != _checksum(text):
        return BadLine(number, start, content)
    return Line(number, start, text, is_joined=text.endswith(_JOINED))


@dataclass(frozen=True, slots=True)
class Walked:
    """Where a walk along the lines of a journal came to."""

    valid_bytes: int
    """Length of the longest valid prefix."""
    torn: bytes
    """What follows it, and was never said to be on the disk."""
    damaged: int | None = None
    """Number of the line that is bad, and was whole: it is known to have been, or lines behind it
    were written later."""


def walk(file: BinaryIO, see: Callable[[Line], None], whole_bytes: int = 0) -> Walked:
    """Show each line up to the first bad one, and tell what comes then.

    So many bytes at the beginning are known to have been whole.
    """
    lines = lines_of(file)
    end = 0
    for line in lines:
        if isinstance(line, BadLine):
            if line.start < whole_bytes:
                return Walked(end, b"", line.number)
            return _tail(line, lines, end)
        see(line)
        end = line.start + line.size_bytes
    return Walked(end, b"")


def _tail(bad: BadLine, rest: Iterator[Line | BadLine], end: int) -> Walked:
    torn = [bad.content]
    for line in rest:
        if isinstance(line, Line) and not line.is_joined:
            return Walked(end, b"", bad.number)
        torn.append(line.content)
    return Walked(end, b"".join(torn))


def written(texts: Sequence[str]) -> bytes:
    """Lines of JSON texts that are written in one go."""
    return b"".join(
        _encoded(text.encode("ascii") + (_JOINED if place else b""))
        for place, text in enumerate(texts)
    )


def _encoded(text: bytes) -> bytes:
    return _checksum(text) + b" " + text + b"\n"


def header() -> bytes:
    """The first line."""
    return written([canonical_json(HEADER)])


def _checksum(text: bytes) -> bytes:
    return b"%08x" % zlib.crc32(text)
