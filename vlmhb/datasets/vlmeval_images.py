"""The images of a VLMEvalKit table: base64 in a cell, one or a list, or the name of another row.

Nothing of them is copied: a page says where in the table its base64 is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from vlmhb.datasets.tsv import CHUNK_BYTES, Cell
from vlmhb.domain.sample import PageImage, Span, UnreadablePage
from vlmhb.system.images import read_written_page

MAX_REFERENCE_CHARS = 64
"""Whatever is not longer is the index of another row, as VLMEvalKit has it."""

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
            raise ImageProblem(f"image is {owner!r}, which is no row with an image")
        elif _reference(self.cells[owner]) is not None:
            raise ImageProblem(f"image is {owner!r}, a row that has no image of its own")
        if owner not in self._pages:
            self._pages[owner] = tuple(self._read(owner))
        return self._pages[owner]

    def _read(self, index: str) -> Iterator[PageImage | UnreadablePage]:
        cell = self.cells[index]
        name = f"{self.name}#index={index}"
        with self.file.open("rb") as stream:
            spans = _list_spans(stream, cell)
        if spans is None:
            yield read_written_page(self.file, Span(cell.offset, cell.length), name)
            return
        for number, span in enumerate(spans, start=1):
            yield read_written_page(self.file, span, f"{name}&image={number}")


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
    stream.seek(cell.offset)
    at, left = cell.offset, cell.length
    while left and (chunk := stream.read(min(left, CHUNK_BYTES))):
        for run in _RUN.finditer(chunk):
            start, length = at + run.start(), run.end() - run.start()
            if spans and run.start() == 0 and spans[-1].offset + spans[-1].length == start:
                spans[-1] = Span(spans[-1].offset, spans[-1].length + length)
            else:
                spans.append(Span(start, length))
        if _RUN.sub(b"", chunk).translate(None, _AROUND):
            return None
        at += len(chunk)
        left -= len(chunk)
    return tuple(spans)
