"""The bytes of a page that is a part of a file."""

import hashlib
from pathlib import Path

from vlmhb.domain.sample import PageImage
from vlmhb.system.base64_span import NotBase64Error, read_span


class ChangedPageError(Exception):
    """The file does not hold the page any more; the text says why, for who knows which page."""


def page_file(root: str, page: PageImage) -> Path:
    """The file that is the page, or holds it."""
    return Path(page.file) if page.file else Path(root, page.path)


def read_bytes(root: str, page: PageImage) -> bytes:
    """The encoded image, exactly as it was when the dataset was read.

    Raises:
        ChangedPageError: it cannot be read, or is another one.
    """
    file = page_file(root, page)
    try:
        content = file.read_bytes() if page.span is None else read_span(file, page.span)
    except OSError as error:
        raise ChangedPageError(f"its file cannot be read: {error.strerror}") from error
    except NotBase64Error as error:
        raise ChangedPageError("its file has changed since the dataset was read") from error
    if hashlib.sha256(content).hexdigest() != page.sha256:
        raise ChangedPageError("its file has changed since the dataset was read")
    return content
