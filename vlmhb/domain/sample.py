"""A question about the pages of a document, and the answers that count as right."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PageImage:
    """One page of a document, as a file below the dataset root."""

    path: str
    """Relative to the dataset root, with forward slashes."""
    sha256: str
    """Of the file's bytes, 64 hex digits."""
    width_px: int
    height_px: int


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
