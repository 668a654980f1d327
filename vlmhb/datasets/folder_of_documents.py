"""A folder of documents: JPEG, PNG, WEBP, BMP, TIFF and PDF files, and what should be read in them.

Folders below it are read, too. A sample's id is the path of its document, with `#` and the number
of the page where every page is a sample of its own; its class is the first folder of the path.
Pages of PDFs, and of TIFFs with several, are rendered once and kept in the page cache.

The truth about `NAME.pdf` stands beside it: text in `NAME.txt` or `NAME.md`, with a form feed
between the pages, or fields in `NAME.json`; for single pages in `NAME.p1.txt` and so on.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from vlmhb.datasets.document_files import (
    PDF,
    DocumentFile,
    DocumentFolder,
    named,
    read_folder,
)
from vlmhb.datasets.document_pages import Document, read_documents
from vlmhb.datasets.document_truth import (
    DocumentTruth,
    Expected,
    Known,
    kind_of_truth,
)
from vlmhb.datasets.options import Options
from vlmhb.datasets.problems import Problems
from vlmhb.domain.digest import Json
from vlmhb.domain.sample import Sample
from vlmhb.domain.task import DatasetRef
from vlmhb.errors import DatasetError
from vlmhb.system.page_cache import PageCache
from vlmhb.system.renderer import Renderer

OPTIONS = ("max_pages", "dpi", "pages", "expected")
EACH, TOGETHER = "each", "together"
"""Whether every page is a sample of its own, or all pages of a document are one sample."""
MAX_PAGES = 10_000
"""Of one document, whatever is asked for."""
NEXT_STEP = "correct these, or take them out of the folder; then run the same command again"
DPI = 200
MAX_DPI = 1200


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The options, checked."""

    max_pages: int
    dpi: int
    pages: str
    expected: Expected


class FolderOfDocuments:
    """Reads every document below the root of a dataset."""

    def read(self, dataset: DatasetRef, pages: PageCache) -> tuple[Sample, ...]:
        """One sample per page or per document, as the option `pages` says.

        Raises:
            DatasetError: naming every file that cannot be used.
        """
        problems = Problems(f"cannot read the documents in {dataset.root}")
        wanted = _wanted(dataset, problems)
        folder = read_folder(Path(dataset.root), problems)
        kind = kind_of_truth(folder, wanted.expected, problems)
        truths = {
            document.path: DocumentTruth(folder.truths.get(document.path, ()), kind, problems)
            for document in folder.documents
        }
        if not folder.documents and not problems:
            _refuse_none(dataset, folder)
        problems.raise_if_any(next_step=NEXT_STEP)
        renderer = Renderer(pages, wanted.dpi)
        documents = read_documents(
            dataset.name, folder.documents, renderer, wanted.max_pages, problems
        )
        problems.raise_if_any(next_step=NEXT_STEP)
        return tuple(
            sample
            for document in documents
            for sample in _samples(document, truths[document.file.path], wanted)
        )


def look(folder: Path, expected: Expected = Expected.AUTO) -> tuple[DocumentFolder, Expected]:
    """What lies in `folder`, and which kind of truth counts; nothing is opened.

    Files that cannot be used are left to the one who reads them.

    Raises:
        DatasetError: there are truths of both kinds and none was chosen; it names every file that
            cannot be used, too.
    """
    problems = Problems(f"cannot read the documents in {folder}")
    found = read_folder(folder, problems)
    before = len(problems)
    kind = kind_of_truth(found, expected, problems)
    if len(problems) > before:
        problems.raise_if_any(next_step=NEXT_STEP)
    return found, kind


def _refuse_none(dataset: DatasetRef, folder: DocumentFolder) -> None:
    others = (*folder.others, *folder.strays, *folder.links)
    raise DatasetError(
        f"cannot read the documents in {dataset.root}",
        f"there are none, only {named(others)}" if others else "there are none",
        expected="JPEG, PNG, WEBP, BMP, TIFF or PDF files in it or in folders below it",
        next_step="name the folder that holds them",
    )


def _wanted(dataset: DatasetRef, problems: Problems) -> _Wanted:
    options = Options(dataset.options, OPTIONS, problems)
    if dataset.split:
        problems.add(f"split {dataset.split!r}: a folder of documents has no splits")
    return _Wanted(
        max_pages=options.number("max_pages", MAX_PAGES, most=MAX_PAGES),
        dpi=options.number("dpi", DPI, most=MAX_DPI),
        pages=options.one_of("pages", (EACH, TOGETHER), EACH),
        expected=Expected(
            options.one_of("expected", [kind.value for kind in Expected], Expected.AUTO.value)
        ),
    )


def _samples(document: Document, truth: DocumentTruth, wanted: _Wanted) -> list[Sample]:
    pages, count = document.pages, document.page_count
    facts = _facts(document, wanted)
    if wanted.pages == TOGETHER:
        together = _sample(document.file, document.file.path, truth.of_pages(len(pages), count))
        return [replace(together, pages=pages, metadata={**facts, **together.metadata})]
    samples = []
    for number, page in enumerate(pages, start=1):
        one = _sample(document.file, f"{document.file.path}#{number}", truth.of_page(number, count))
        metadata = {"page": number, **facts, **one.metadata}
        samples.append(replace(one, pages=(page,), metadata=metadata))
    return samples


def _sample(file: DocumentFile, identity: str, known: Known) -> Sample:
    """A sample of a document without its pages."""
    return Sample(
        id=identity,
        question=known.question,
        pages=(),
        targets=known.targets,
        document=file.path,
        doc_class=file.folder,
        question_type="",
        language="",
        metadata={"expected_unused": known.unused} if known.unused else {},
    )


def _facts(document: Document, wanted: _Wanted) -> dict[str, Json]:
    """What the samples of a document say about it."""
    facts: dict[str, Json] = {"page_count": document.page_count}
    left_out = document.page_count - len(document.pages)
    if left_out:
        facts["pages_left_out"] = left_out
    if document.renderer:
        facts["renderer"] = document.renderer
    if document.file.suffix in PDF:
        facts["dpi"] = wanted.dpi
    return facts
