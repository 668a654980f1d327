"""Tab-separated tables read in a bounded amount of memory, each cell with its place in the file.

Cells are told apart as pandas does it, whose `read_csv` such tables are made for: a cell that
starts with `"` ends at the next `"` that is not doubled, a `"` elsewhere is a character, rows end
with LF or CR LF, and empty lines are left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

CHUNK_BYTES = 1 << 20
MAX_CELL_BYTES = 16 << 20
"""Of a cell whose text is wanted."""
BOM = b"\xef\xbb\xbf"


class RowProblem(Exception):  # noqa: N818 - it becomes one line of a DatasetError
    """Why no row can be read from a line on; the text says it for the user."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line}: {problem}")


@dataclass(frozen=True, slots=True)
class Cell:
    """What is written between two tabs."""

    offset: int
    """Of its first byte, quotes not counted, from the start of the file."""
    length: int
    """In bytes, quotes not counted."""
    content: bytes | None
    """With doubled quotes resolved; None when it is longer than what was to be kept."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row and where it starts."""

    line: int
    cells: tuple[Cell, ...]


def read_rows(stream: BinaryIO, long_columns: Sequence[bytes], kept_bytes: int) -> Iterator[Row]:
    """The rows of a table, the names of its columns first.

    Of a cell in one of the `long_columns` nothing is kept when it is longer than `kept_bytes`.

    Raises:
        RowProblem: another cell is longer than `MAX_CELL_BYTES`, or a quoted one has no end.
    """
    text = _Text(stream)
    limits: tuple[int, ...] = ()
    while not text.at_end():
        row = _row(text, limits)
        if len(row.cells) == 1 and row.cells[0].length == 0 and row.cells[0].content == b"":
            continue
        if not limits:
            names = [cell.content for cell in row.cells]
            limits = tuple(kept_bytes if name in long_columns else MAX_CELL_BYTES for name in names)
        for cell, limit in zip(row.cells, limits, strict=False):
            if cell.content is None and limit == MAX_CELL_BYTES:
                raise RowProblem(row.line, f"a cell of more than {MAX_CELL_BYTES:,} bytes")
        yield row


def _row(text: "_Text", limits: Sequence[int]) -> Row:
    line, offset = text.line, text.offset
    short = text.short_line(min(limits, default=MAX_CELL_BYTES))
    if short is not None:
        return Row(line, tuple(_split(short, offset)))
    cells: list[Cell] = []
    while True:
        limit = limits[len(cells)] if len(cells) < len(limits) else MAX_CELL_BYTES
        cell = _quoted(text, limit, line) if text.peek() == b'"' else _plain(text, limit)
        cells.append(cell)
        if text.take() != b"\t":
            return Row(line, tuple(cells))


def _split(line: bytes, offset: int) -> Iterator[Cell]:
    """The cells of a line in which nothing is quoted."""
    for content in line.split(b"\t"):
        yield Cell(offset, len(content), content)
        offset += len(content) + 1


def _plain(text: "_Text", limit: int) -> Cell:
    """Up to a tab or the end of the line."""
    offset = text.offset
    kept = _Kept(limit)
    while not text.until_separator(kept):
        pass
    length = text.offset - offset
    if kept.last == b"\r" and text.peek() != b"\t":
        length -= 1
        kept.drop_last()
    return Cell(offset, length, kept.content())


def _quoted(text: "_Text", limit: int, line: int) -> Cell:
    """Up to the closing quote, and what follows it up to the tab or the end of the line."""
    text.take()
    offset = text.offset
    kept = _Kept(limit)
    while True:
        while not text.until(b'"', kept):
            if text.at_end():
                raise RowProblem(line, "a quoted cell that starts in this row has no end")
        length = text.offset - offset
        text.take()
        if text.peek() != b'"':
            break
        kept.add(text.take())
    rest = _plain(text, limit)
    if rest.content is None:
        return Cell(offset, length, None)
    kept.add(rest.content)
    return Cell(offset, length, kept.content())


class _Kept:
    """The bytes of a cell, unless they are too many."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: list[bytes] = []
        self._length = 0
        self.last = b""

    def add(self, part: bytes) -> None:
        """Append a part."""
        self._length += len(part)
        self.last = part[-1:] or self.last
        if self._length <= self._limit + 1:  # the last one may be dropped
            self._parts.append(part)
        else:
            self._parts.clear()

    def drop_last(self) -> None:
        """Take the last byte away."""
        if self._parts:
            self._parts = [b"".join(self._parts)[:-1]]
        self._length -= 1

    def content(self) -> bytes | None:
        """All of them; None when they are too many."""
        return b"".join(self._parts) if self._length <= self._limit else None


class _Text:
    """A file read once from its start, a chunk at a time."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._chunk = b""
        self._chunk_offset = 0
        self._at = 0
        self.line = 1
        """Of the next byte."""
        if self.peek() == BOM[:1] and self._chunk.startswith(BOM):
            self._at = len(BOM)

    @property
    def offset(self) -> int:
        """Of the next byte, from the start of the file."""
        return self._chunk_offset + self._at

    def at_end(self) -> bool:
        """True when no byte is left."""
        return self.peek() == b""

    def peek(self) -> bytes:
        """The next byte; empty at the end."""
        if self._at >= len(self._chunk):
            self._chunk_offset += len(self._chunk)
            self._chunk = self._stream.read(CHUNK_BYTES)
            self._at = 0
        return self._chunk[self._at : self._at + 1]

    def take(self) -> bytes:
        """The next byte, which is passed; empty at the end."""
        byte = self.peek()
        self._at += len(byte)
        if byte == b"\n":
            self.line += 1
        return byte

    def short_line(self, limit: int) -> bytes | None:
        """The next line, which is passed; None when it is longer or holds a quote.

        Most lines of most tables are like this, and are told apart much faster.
        """
        self.peek()
        end = self._chunk.find(b"\n", self._at, self._at + limit)
        if end < 0 or self._chunk.find(b'"', self._at, end) >= 0:
            return None
        line = self._chunk[self._at : end]
        self._at = end + 1
        self.line += 1
        return line.removesuffix(b"\r")

    def until_separator(self, kept: _Kept) -> bool:
        """Pass what comes before the next tab or LF; False when the chunk holds neither."""
        if self.at_end():
            return True
        tab = self._chunk.find(b"\t", self._at)
        before = len(self._chunk) if tab < 0 else tab
        newline = self._chunk.find(b"\n", self._at, before)
        end = before if newline < 0 else newline
        kept.add(self._chunk[self._at : end])
        self._at = end
        return tab >= 0 or newline >= 0

    def until(self, mark: bytes, kept: _Kept) -> bool:
        """Pass what comes before the next `mark`; False when the chunk does not hold it."""
        self.peek()
        found = self._chunk.find(mark, self._at)
        end = len(self._chunk) if found < 0 else found
        self.line += self._chunk.count(b"\n", self._at, end)
        kept.add(self._chunk[self._at : end])
        self._at = end
        return found >= 0
