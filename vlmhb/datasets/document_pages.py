"""The pages of a folder's documents: pictures as they are, and those of PDFs and TIFFs rendered."""

from collections.abc import Sequence
from dataclasses import dataclass

from vlmhb.datasets.document_files import PDF, TIFF, DocumentFile
from vlmhb.datasets.problems import Problems
from vlmhb.domain.data_step import DataStep
from vlmhb.domain.digest import sha256_of
from vlmhb.domain.sample import PageImage, UnreadablePage
from vlmhb.system.files import sha256_of_file
from vlmhb.system.images import read_page
from vlmhb.system.page_notes import SUFFIX, DocumentNotes, NoPicture, Picture
from vlmhb.system.renderer import Kind, Renderer, Wish, renderer_name

NOT_TOLD = NoPicture("the renderer said nothing about it")


@dataclass(frozen=True, slots=True)
class Document:
    """A document with the pages that are shown of it."""

    file: DocumentFile
    pages: tuple[PageImage | UnreadablePage, ...]
    """The first ones; a single unreadable one when it cannot be opened."""
    page_count: int
    renderer: str
    """The library that made pictures of them; empty when the file is the picture."""


def read_documents(
    name: str,
    files: Sequence[DocumentFile],
    renderer: Renderer,
    max_pages: int,
    problems: Problems,
) -> list[Document]:
    """Every file with its pages, in the same order; what cannot be read at all is a problem.

    `name` is what to call them together while that goes on.

    Raises:
        DatasetError: a file cannot be read, so nothing is rendered.
    """
    on_data = renderer.cache.on_data
    wishes: dict[str, Wish] = {}
    for file in files:
        if file.suffix in PDF | TIFF:
            on_data(DataStep(f"looking through {name}", len(wishes), unit="files"))
            try:
                sha256 = sha256_of_file(file.file)
            except OSError as error:
                problems.add(f"{file.path}: {error.strerror}")
                continue
            kind: Kind = "pdf" if file.suffix in PDF else "tiff"
            wishes[file.path] = Wish(file.file, sha256, kind, max_pages)
    problems.raise_if_any()
    notes = renderer.render(list(wishes.values()), f"rendering {name}")
    rendered = dict(zip(wishes, notes, strict=True))
    documents = []
    for number, file in enumerate(files, start=1):
        found = rendered.get(file.path)
        if found is None or found.is_picture:
            documents.append(_image(file, problems))
        else:
            documents.append(_rendered(file, found, wishes[file.path], renderer))
        on_data(DataStep(f"reading {name}", number, len(files), "files"))
    return documents


def _image(file: DocumentFile, problems: Problems) -> Document:
    try:
        page = read_page(file.file, file.path)
    except OSError as error:
        problems.add(f"{file.path}: {error.strerror}")
        page = UnreadablePage(file.path, "", "")
    return Document(file, (page,), 1, "")


def _rendered(file: DocumentFile, notes: DocumentNotes, wish: Wish, renderer: Renderer) -> Document:
    key = renderer.key(wish)
    name = renderer_name(wish.kind)
    if notes.problem:
        whole = UnreadablePage(file.path, sha256_of([key, 0]), notes.problem)
        return Document(file, (whole,), 1, name)
    pages = tuple(
        _page(file, number, notes, key, renderer) for number in notes.wanted(wish.max_pages)
    )
    return Document(file, pages, notes.page_count or 0, name)


def _page(
    file: DocumentFile, number: int, notes: DocumentNotes, key: str, renderer: Renderer
) -> PageImage | UnreadablePage:
    path = f"{file.path}#page={number}"
    match notes.pages.get(number, NOT_TOLD):
        case Picture(sha256, width_px, height_px):
            held = str(renderer.cache.path(sha256, SUFFIX))
            return PageImage(path, sha256, width_px, height_px, file=held)
        case NoPicture(problem):
            return UnreadablePage(path, sha256_of([key, number]), problem)
