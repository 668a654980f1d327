"""A question about the pages of a document, and the answers that count as right."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vlmhb.domain.digest import Json


@dataclass(frozen=True, slots=True)
class Span:
    """Where in a file an image is written as base64."""

    offset: int
    """Of the first base64 character, in bytes from the start of the file."""
    length: int
    """In bytes of base64."""


@dataclass(frozen=True, slots=True)
class PageImage:
    """One page of a document: a file below the dataset root, or a part of one."""

    path: str
    """What to call it. Of a file, its path relative to the dataset root, with forward slashes; of
    a part of one, that path and the part: `contract.pdf#page=3`."""
    sha256: str
    """Of the image's bytes, 64 hex digits."""
    width_px: int
    height_px: int
    file: str = ""
    """Absolute path of what holds it, when that is not `path` below the root."""
    span: Span | None = None
    """Its place in that file; None when the whole file is the image."""


@dataclass(frozen=True, slots=True)
class UnreadablePage:
    """A file that exists but is no image we are willing to decode."""

    path: str
    sha256: str
    problem: str
    """Why, in words for the user."""


@dataclass(frozen=True, slots=True)
class PageContent:
    """A page that came as bytes, e.g. through a pipe."""

    path: str
    """What to call it; no such file needs to exist."""
    sha256: str
    width_px: int
    height_px: int
    content: bytes = field(repr=False)
    """An encoded image, as a file would hold it."""


Page = PageImage | PageContent | UnreadablePage
"""What a request may show; samples of a dataset are files."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One row of a task."""

    id: str
    """Stable, and unique in its task."""
    question: str
    pages: tuple[PageImage | UnreadablePage, ...]
    targets: tuple[str, ...]
    """Any one of them counts as right."""
    document: str
    """Which document the pages show. A scan of a page shows the same document as the page, so
    statistics treat the two as one draw."""
    doc_class: str
    question_type: str
    language: str
    """ISO 639-1 code, `multi`, or empty when the dataset does not say."""
    choices: tuple[tuple[str, str], ...] = ()
    """(letter, text) of the options of a multiple-choice question, or (class, title) of the
    classes to choose from, in the order of the dataset."""
    group: str = ""
    """Samples with the same group belong together, and a limit takes all of them or none; empty
    when only the document binds them."""
    metadata: Mapping[str, Json] = field(default_factory=dict)
    """What else the dataset says: `split`, `category`, `l2-category`, `hint`, ..."""
