"""The images of a VLMEvalKit table: base64 in a cell, one or a list, or the name of another row.

Nothing of them is copied: a page says where in the table its base64 is. Only base64 with line
breaks in it is taken out of the table and kept, as nobody could find the place of a byte in it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from vlmhb.datasets.pages_read import PagesRead
from vlmhb.datasets.tsv import CHUNK_BYTES, Cell
from vlmhb.domain.quoted import quoted
from vlmhb.domain.sample import PageImage, Span, UnreadablePage
from vlmhb.system.base64_span import NotBase64Error, decoded
from vlmhb.system.images import read_kept_page, read_written_page
from vlmhb.system.page_cache import PageCache

MAX_REFERENCE_CHARS = 64
"""Whatever is not longer is the index of another row, as VLMEvalKit has it."""

MAX_TAKEN_OUT_BYTES = 64 << 20
"""Of a cell whose images are taken out of the table."""

_PREFIX = re.compile(rb"\s*data:[^,]{0,200};base64,\s*", re.IGNORECASE)
_SPACE = re.compile(rb"\s+|\\r|\\n")
_ITEM = re.compile(rb"'([^']*)'|\"+([^\"]+)\"+")
_RUN = re.compile(rb"[A-Za-z0-9+/=]+")
_AROUND = b"[]'\", \t\r\n"


class ImageProblem(Exception):  # noqa: N818 - it becomes one line of a DatasetError
    """Why the image of a row cannot be had; the text says it for the user."""


@dataclass(slots=True)
class TableImages:
    """The image cells of a table by the index of their row, read when they are wanted."""

    file: Path
    name: str
    """What to call the table in the names of pages."""
    cells: dict[str, Cell] = field(default_factory=dict)
    """Of the rows that have an image or name another row's."""
    read: PagesRead = field(default_factory=PagesRead)
    cache: PageCache | None = None
    """Keeps what has to be taken out of the table; None where nothing may be."""
    _pages: dict[str, tuple[PageImage | UnreadablePage, ...]] = field(default_factory=dict)

    def pages(self, index: str) -> tuple[PageImage | UnreadablePage, ...]:
        """The pages of a row, each read once however many rows share it.

        Raises:
            ImageProblem: the row names one that has no image of its own.
            OSError: the table cannot be read any more.
        """
        owner = _reference(self.cells[index])
        if owner is None:
            owner = index
        elif owner not in self.cells:
            raise ImageProblem(f"image is {quoted(owner)}, which is no row with an image")
        elif _reference(self.cells[owner]) is not None:
            raise ImageProblem(f"image is {quoted(owner)}, a row that has no image of its own")
        if owner not in self._pages:
            self._pages[owner] = tuple(self._read(owner))
            self.read.one_more()
        return self._pages[owner]

    def _read(self, index: str) -> Iterator[PageImage | UnreadablePage]:
        cell = self.cells[index]
        name = f"{self.name}#index={index}"
        with self.file.open("rb") as stream:
            spans = _list_spans(stream, cell)
            prefix = _prefix_length(stream, cell)
        if spans is not None:
            for number, span in enumerate(spans, start=1):
                yield read_written_page(self.file, span, f"{name}&image={number}")
            return
        span = Span(cell.offset + prefix, cell.length - prefix)
        page = read_written_page(self.file, span, name)
        taken_out = self._taken_out(cell, name) if isinstance(page, UnreadablePage) else ()
        yield from taken_out or (page,)

    def _taken_out(self, cell: Cell, name: str) -> tuple[PageImage | UnreadablePage, ...]:
        """Images whose base64 has line breaks in it; none where that does not help."""
        if self.cache is None or cell.length > MAX_TAKEN_OUT_BYTES:
            return ()
        with self.file.open("rb") as stream:
            stream.seek(cell.offset)
            written = stream.read(cell.length)
        is_list = written.lstrip().startswith(b"[")
        listed = (one[1] or one[2] for one in _ITEM.finditer(written))
        items = list(filter(None, listed)) if is_list else [written]
        try:
            contents = [decoded(_SPACE.sub(b"", _PREFIX.sub(b"", item, 1))) for item in items]
        except NotBase64Error:
            return ()
        names = [f"{name}&image={n}" for n in range(1, len(items) + 1)] if is_list else [name]
        return tuple(
            read_kept_page(content, own, self.cache)
            for content, own in zip(contents, names, strict=True)
        )


def _prefix_length(stream: BinaryIO, cell: Cell) -> int:
    """How long the `data:image/png;base64,` before the base64 is; 0 where there is none."""
    stream.seek(cell.offset)
    found = _PREFIX.match(stream.read(min(cell.length, 256)))
    return found.end() if found else 0


def _reference(cell: Cell) -> str | None:
    """The index of the row that this cell names; None when it holds an image itself."""
    if cell.content is None or len(cell.content) > MAX_REFERENCE_CHARS:
        return None
    return cell.content.decode("utf-8", "replace")


def _list_spans(stream: BinaryIO, cell: Cell) -> tuple[Span, ...] | None:
    """Where the items of a list of images are; None when the cell is no list."""
    stream.seek(cell.offset)
    if stream.read(1) != b"[":
        return None
    spans: list[Span] = []
    n_commas = 0
    stream.seek(cell.offset)
    at, left = cell.offset, cell.length
    while left and (chunk := stream.read(min(left, CHUNK_BYTES))):
        for run in _RUN.finditer(chunk):
            start, length = at + run.start(), run.end() - run.start()
            if spans and run.start() == 0 and spans[-1].offset + spans[-1].length == start:
                spans[-1] = Span(spans[-1].offset, spans[-1].length + length)
            else:
                spans.append(Span(start, length))
        between = _RUN.sub(b"", chunk)
        if between.translate(None, _AROUND):
            return None
        n_commas += between.count(b",")
        at += len(chunk)
        left -= len(chunk)
    # With fewer commas, something else parts them: line breaks within an item.
    return tuple(spans) if n_commas >= len(spans) - 1 else None
