"""What should be read in a document: text or JSON in files beside it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from vlmhb.datasets.document_files import JSON, TEXT, WHOLE, DocumentFolder, Truth
from vlmhb.datasets.problems import Problems
from vlmhb.datasets.strict_json import refuse_halves
from vlmhb.domain.digest import Json

FORM_FEED = "\f"
"""Stands between the pages of a text, as tools that take the text out of PDFs write it."""


class Expected(str, Enum):
    """The kind of truth that counts."""

    AUTO = "auto"
    """The only kind that is there."""
    TEXT = "text"
    JSON = "json"
    NONE = "none"
    """Whatever lies there is left alone."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of what a sample should be answered."""

    targets: tuple[str, ...] = ()
    question: str = ""
    """Of a JSON truth its shape as JSON, so that a prompt can ask for it."""
    unused: str = ""
    """Why a truth that is there says nothing about this sample; empty when it does, or is not."""


UNKNOWN = Known()


def kind_of_truth(folder: DocumentFolder, expected: Expected, problems: Problems) -> Expected:
    """The kind of truth that counts in this folder: text, JSON or none."""
    if expected is not Expected.AUTO:
        return expected
    suffixes = {truth.file.suffix for truths in folder.truths.values() for truth in truths}
    if suffixes & TEXT and suffixes & JSON:
        problems.add(
            "there are expected texts and expected JSON files; choose with --expected text or"
            " --expected json, in a task file with `expected: text` or `expected: json`"
        )
    if suffixes & JSON:
        return Expected.JSON
    return Expected.TEXT if suffixes & TEXT else Expected.NONE


class DocumentTruth:
    """The truth about one document, read once and shared out among its pages."""

    def __init__(self, truths: Sequence[Truth], kind: Expected, problems: Problems) -> None:
        suffixes = {Expected.TEXT: TEXT, Expected.JSON: JSON}.get(kind, frozenset())
        self._kind = kind
        self._by_page: dict[int, str] = {}
        counted = [truth for truth in truths if truth.file.suffix in suffixes]
        for truth in counted:
            if truth.page in self._by_page:
                problems.add(f"{truth.file.path}: another file holds the truth about the same")
            self._by_page[truth.page] = _read(truth, kind, problems)
        if WHOLE in self._by_page and len(self._by_page) > 1:
            names = ", ".join(truth.file.path for truth in counted)
            problems.add(f"{names}: give either one file for the document or one for each page")

    def of_page(self, page: int, page_count: int) -> Known:
        """What should be read on one page of so many."""
        if page in self._by_page:
            return self._known(self._by_page[page])
        whole = self._by_page.get(WHOLE)
        if whole is None:
            return UNKNOWN
        if page_count == 1:
            return self._known(whole.replace(FORM_FEED, "\n"))
        if self._kind is Expected.JSON:
            return Known(unused=f"it is about all {page_count} pages of the document")
        parts = _parts(whole)
        if len(parts) != page_count:
            texts = "1 text" if len(parts) == 1 else f"{len(parts)} texts"
            return Known(unused=f"{texts} between form feeds, {page_count} pages")
        return Known((parts[page - 1],))

    def of_pages(self, used: int, page_count: int) -> Known:
        """What should be read on the first pages together, `used` of them."""
        if WHOLE in self._by_page and used == page_count:
            return self._known(self._by_page[WHOLE].replace(FORM_FEED, "\n"))
        shown = [self.of_page(page, page_count) for page in range(1, used + 1)]
        if used == 1:
            return shown[0]
        if self._kind is Expected.TEXT and all(known.targets for known in shown):
            return Known(("\n".join(known.targets[0] for known in shown),))
        unused = [known.unused for known in shown if known.unused]
        if any(known.targets for known in shown):
            unused.append("it is about single pages")
        return Known(unused=unused[0]) if unused else UNKNOWN

    def _known(self, target: str) -> Known:
        if self._kind is not Expected.JSON:
            return Known((target,))
        return Known((target,), json.dumps(shape(json.loads(target)), ensure_ascii=False))


def _parts(text: str) -> list[str]:
    """The text page by page."""
    parts = [part.strip("\n") for part in text.split(FORM_FEED)]
    if len(parts) > 1 and not parts[-1]:
        parts.pop()  # some tools write a form feed behind the last page, too
    return parts


def shape(value: Json) -> Json:
    """The same structure without its values, and with one entry in each list."""
    if isinstance(value, Mapping):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [shape(inner) for inner in value[:1]]
    if isinstance(value, bool):
        return False
    return 0 if isinstance(value, int | float) else ""


def _read(truth: Truth, kind: Expected, problems: Problems) -> str:
    try:
        text = truth.file.file.read_text(encoding="utf-8-sig").rstrip("\n")
        if kind is Expected.JSON:
            refuse_halves(json.loads(text, parse_constant=_refuse))
    except UnicodeDecodeError as error:
        problems.add(f"{truth.file.path}: not UTF-8 from byte {error.start:,} on")
    except json.JSONDecodeError as error:
        problems.add(f"{truth.file.path}:{error.lineno}:{error.colno}: {error.msg}, expected JSON")
    except (RecursionError, ValueError) as error:
        problems.add(f"{truth.file.path}: {error}, expected JSON")
    except OSError as error:
        problems.add(f"{truth.file.path}: {error.strerror}")
    else:
        return text
    return ""


def _refuse(constant: str) -> None:
    """Python reads NaN and Infinity; JSON has no such thing.

    Raises:
        ValueError: always.
    """
    raise ValueError(f"got {constant}")
