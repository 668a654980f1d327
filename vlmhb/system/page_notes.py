"""What is known of the pages of a document that was rendered before."""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from pydantic import TypeAdapter, ValidationError

from vlmhb.system.files import storage_error, write_atomic
from vlmhb.system.page_cache import OTHER_FOLDER, PageCache

SUFFIX = ".png"
WHOLE = 0
"""Stands for a whole document where numbers stand for its pages."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A page that lies in the page cache."""

    sha256: str
    width_px: int
    height_px: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class NoPicture:
    """A page that cannot be rendered."""

    problem: str
    """Why, in words for the user."""
    lasts: bool = True
    """False when another try may do better: that is not kept."""


PageNote: TypeAlias = Picture | NoPicture


@dataclass(slots=True)
class DocumentNotes:
    """The pages of one document as they are found out, page by page."""

    page_count: int | None = None
    """None before it was opened."""
    is_picture: bool = False
    """Whether the file is itself the picture of its only page."""
    pages: dict[int, PageNote] = field(default_factory=dict)
    """By number, counted from 1; those that were asked for so far. 0 is the document itself: there
    is a note about it only when it cannot be opened."""

    @property
    def problem(self) -> str:
        """Why it cannot be opened; empty when it can."""
        whole = self.pages.get(WHOLE)
        return whole.problem if isinstance(whole, NoPicture) else ""

    def wanted(self, max_pages: int) -> range:
        """Numbers of the first pages, `max_pages` of them; empty before it was opened."""
        return range(1, min(self.page_count or 0, max_pages) + 1)

    def is_complete(self, max_pages: int) -> bool:
        """Whether there is nothing left to find out."""
        return (
            self.is_picture
            or WHOLE in self.pages
            or (self.page_count is not None and not self.unknown(max_pages))
        )

    def unknown(self, max_pages: int) -> list[int]:
        """Numbers of the wanted pages about which there is no note yet."""
        return [page for page in self.wanted(max_pages) if page not in self.pages]


_NOTES: TypeAdapter[DocumentNotes] = TypeAdapter(DocumentNotes)


def read_notes(cache: PageCache, key: str) -> DocumentNotes:
    """What is known of the document with this key; of pages that left the cache, nothing."""
    try:
        notes = _NOTES.validate_json(cache.note(key).read_bytes())
    except (OSError, ValidationError):
        return DocumentNotes()
    notes.pages = {number: page for number, page in notes.pages.items() if _is_there(cache, page)}
    return notes


def write_notes(cache: PageCache, key: str, notes: DocumentNotes) -> None:
    """Keep what is known.

    Raises:
        StorageError: it cannot be written.
    """
    file = cache.note(key)
    lasting = {
        number: page
        for number, page in notes.pages.items()
        if isinstance(page, Picture) or page.lasts
    }
    kept = _NOTES.dump_python(replace(notes, pages=lasting), mode="json")
    content = json.dumps(kept, sort_keys=True)
    _make_folder(file.parent)
    write_atomic(file, content.encode("ascii") + b"\n", durable=False)


def _is_there(cache: PageCache, page: PageNote) -> bool:
    if isinstance(page, NoPicture):
        return True
    try:
        return cache.path(page.sha256, SUFFIX).stat().st_size == page.size_bytes
    except OSError:
        return False


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error(f"cannot make {folder}", error, instead=OTHER_FOLDER) from error
