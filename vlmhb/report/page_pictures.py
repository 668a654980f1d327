"""Pictures of pages beside a page for the browser, named by what they show."""

from collections.abc import Mapping
from pathlib import Path

from vlmhb.system.files import copy_whole, sha256_of_file, storage_error


def picture_name(page_sha256: str) -> str:
    """What the picture of a page is called."""
    return f"{page_sha256}.jpg"


def place_pictures(sources: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Name in `folder` -> sha256, of the copies that are there now; `sources` are by page.

    Raises:
        StorageError: the file system refused, or a source is gone.
    """
    digests = {}
    for page_sha256, source in sorted(sources.items()):
        target = folder / picture_name(page_sha256)
        try:
            digest = sha256_of_file(Path(source))
            if not (target.is_file() and sha256_of_file(target) == digest):
                copy_whole(Path(source), target)
        except OSError as error:
            raise storage_error(f"cannot copy the picture of a page, {source}", error) from error
        digests[target.name] = digest
    return digests
