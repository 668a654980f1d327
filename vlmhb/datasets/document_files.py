"""The files of a folder of documents: what is a document, what is its truth, what is neither."""

import os
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from vlmhb.datasets.problems import Problems
from vlmhb.datasets.root import DatasetRoot, PathProblem

PDF = frozenset({".pdf"})
TIFF = frozenset({".tif", ".tiff"})
IMAGE = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})
TEXT = frozenset({".txt", ".md"})
JSON = frozenset({".json"})

READ = PDF | TIFF | IMAGE | TEXT | JSON

WHOLE = 0
"""Stands for a whole document where numbers stand for its pages."""

MAX_NAMED = 5

_DIGITS = re.compile(r"(\d+)")
_PAGE = re.compile(r"(.+)\.p(\d{1,6})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """A document, or a file that holds what should be read in one."""

    path: str
    """Relative to the dataset root, with forward slashes."""
    file: Path
    """Absolute, links followed."""

    @property
    def suffix(self) -> str:
        """Lower case, with its dot."""
        return PurePosixPath(self.path).suffix.lower()

    @property
    def stem(self) -> str:
        """The path without its suffix: what a truth shares with its document."""
        return self.path[: -len(self.suffix)]

    @property
    def folder(self) -> str:
        """The first folder below the root that it lies in; empty for none."""
        first, slash, _ = self.path.partition("/")
        return first if slash else ""


@dataclass(frozen=True, slots=True)
class Truth:
    """A file beside a document and what of the document it is about."""

    file: DocumentFile
    page: int
    """Counted from 1; `WHOLE` for the document."""


@dataclass(frozen=True, slots=True)
class DocumentFolder:
    """What lies in the folder, in natural order: `page 9` before `page 10`."""

    documents: tuple[DocumentFile, ...]
    truths: dict[str, tuple[Truth, ...]]
    """By path of the document."""
    others: tuple[str, ...]
    """Paths of files that can be neither."""
    strays: tuple[str, ...] = ()
    """Paths of texts and JSON files that are beside no document of their name."""
    links: tuple[str, ...] = ()
    """Paths of links to folders, which are not followed."""


def read_folder(folder: Path, problems: Problems) -> DocumentFolder:
    """Every file below `folder`, hidden ones and run folders left out.

    What cannot be used becomes a problem.
    """
    paths, links = _paths(folder, problems)
    files = [
        found for path in sorted(paths, key=natural) if (found := _found(folder, path, problems))
    ]
    documents = [file for file in files if file.suffix in PDF | TIFF | IMAGE]
    by_stem: dict[str, list[DocumentFile]] = defaultdict(list)
    for document in documents:
        by_stem[document.stem].append(document)
    truths: dict[str, list[Truth]] = defaultdict(list)
    strays = []
    for file in files:
        if file.suffix not in TEXT | JSON:
            continue
        if owners := _owners(file, by_stem):
            stem, page = owners
            _add(truths, by_stem[stem], Truth(file, page), problems)
        else:
            strays.append(file.path)
    return DocumentFolder(
        documents=tuple(documents),
        truths={path: tuple(found) for path, found in truths.items()},
        others=tuple(file.path for file in files if file.suffix not in READ),
        strays=tuple(strays),
        links=tuple(sorted(links, key=natural)),
    )


def natural(path: str) -> tuple[tuple[tuple[int, int, str], ...], ...]:
    """A key that sorts numbers by their value, folder by folder."""
    return tuple(
        (
            *(
                (0, int(part), "") if part.isdecimal() else (1, 0, part)
                for part in _DIGITS.split(name)
                if part
            ),
            (0, -1, name),
        )
        for name in path.split("/")
    )


def _paths(folder: Path, problems: Problems) -> tuple[list[str], list[str]]:
    """Files, and links to folders."""

    def refuse(error: OSError) -> None:
        problems.add(f"{error.filename}: {error.strerror}")

    paths: list[str] = []
    links: list[str] = []
    for parent, folders, names in os.walk(folder, onerror=refuse):
        if "run.json" in names and "inputs.json" in names:
            # A run folder: its pictures of pages are no documents.
            folders.clear()
            continue
        folders[:] = [name for name in folders if not name.startswith(".")]
        below = Path(parent).relative_to(folder)
        paths += [(below / name).as_posix() for name in names if not name.startswith(".")]
        links += [(below / name).as_posix() for name in folders if Path(parent, name).is_symlink()]
    return paths, links


def _found(folder: Path, path: str, problems: Problems) -> DocumentFile | None:
    if PurePosixPath(path).suffix.lower() not in READ:
        return DocumentFile(path, folder / path)
    try:
        path.encode()
    except UnicodeEncodeError:
        problems.add(f"{path!a}: the name is not UTF-8; rename the file")
        return None
    try:
        file, _ = DatasetRoot(folder).file(path)
    except PathProblem as problem:
        is_link = (folder / path).is_symlink()
        what = f"a link that {_leads(folder / path)}" if is_link else str(problem)
        problems.add(f"{shown(path)}: {what}")
        return None
    return DocumentFile(path, file)


def _leads(link: Path) -> str:
    """What is wrong with where it leads."""
    if not link.exists():
        return "leads nowhere; delete it"
    return "leads out of the folder; put the file itself there"


def _owners(file: DocumentFile, documents: dict[str, list[DocumentFile]]) -> tuple[str, int] | None:
    """The stem of the documents that a truth belongs to, and the page it is about."""
    if file.stem in documents:
        return file.stem, WHOLE
    match = _PAGE.fullmatch(file.stem)
    if match and match[1] in documents and int(match[2]):
        return match[1], int(match[2])
    return None


def _add(
    truths: dict[str, list[Truth]], owners: list[DocumentFile], truth: Truth, problems: Problems
) -> None:
    if len(owners) > 1:
        names = ", ".join(PurePosixPath(owner.path).name for owner in owners)
        problems.add(f"{truth.file.path}: it may belong to {names}; rename all but one of them")
    truths[owners[0].path].append(truth)


def named(paths: Sequence[str]) -> str:
    """The first few of them, and how many more there are."""
    more = f" and {len(paths) - MAX_NAMED:,} more" if len(paths) > MAX_NAMED else ""
    return ", ".join(map(shown, paths[:MAX_NAMED])) + more


def shown(path: str) -> str:
    """On one line, whatever it is called."""
    return path.translate({10: "\\n", 13: "\\r", 9: "\\t"})
