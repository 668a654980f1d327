"""Pictures of pages as text, for a report that is one file."""

import base64
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from vlmhb.domain.results import Results
from vlmhb.system.files import storage_error

NO_PICTURES: Mapping[str, str] = MappingProxyType({})
LIMIT_BYTES = 256 * 1024 * 1024
"""Of pictures in one page. Browsers give up on pages of a gigabyte; those left out are still beside
it."""


def embedded_pictures(results: Results, limit_bytes: int = LIMIT_BYTES) -> dict[str, str]:
    """sha256 of a page -> base64 of its picture, in the order of the samples, up to the limit.

    Raises:
        StorageError: a picture of a page is gone.
    """
    pages = (page.sha256 for loaded in results.tasks for s in loaded.samples for page in s.pages)
    thumbnails = results.thumbnails
    return embedded_files(
        {sha256: thumbnails[sha256] for sha256 in pages if sha256 in thumbnails}, limit_bytes
    )


def embedded_files(paths: Mapping[str, str], limit_bytes: int = LIMIT_BYTES) -> dict[str, str]:
    """sha256 of a page -> base64 of its picture, the first ones first, up to the limit.

    Raises:
        StorageError: a picture of a page is gone.
    """
    found: dict[str, str] = {}
    left = limit_bytes
    for sha256, path in paths.items():
        content = _read(path)
        left -= len(content)
        if left < 0:
            break
        found[sha256] = base64.b64encode(content).decode("ascii")
    return found


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise storage_error(f"cannot read the picture of a page, {path}", error) from error
