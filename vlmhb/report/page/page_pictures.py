"""Pictures of pages beside a page for the browser, named by what they show."""

import re
from collections.abc import Container, Mapping
from pathlib import Path

from vlmhb.store import RunDir
from vlmhb.system.files import copy_whole, sha256_of_file, storage_error

_DIGEST = re.compile(r"[0-9a-z]{64}")


def is_picture_name(page_sha256: str) -> bool:
    """Whether a picture may be called so; a run from elsewhere could name a path instead."""
    return _DIGEST.fullmatch(page_sha256) is not None


def picture_in(run_dir: RunDir, page_sha256: str) -> Path | None:
    """Where a run keeps the picture of a page; None for none, and for what leads elsewhere."""
    if not is_picture_name(page_sha256):
        return None
    path = run_dir.thumbnail(page_sha256)
    return path if path.is_file() and not path.is_symlink() else None


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


def remove_other_pictures(folder: Path, kept: Container[str]) -> None:
    """Take away the pictures of pages that are not among the names `kept`; other files stay.

    Raises:
        StorageError: the file system refused.
    """
    for path in sorted(folder.glob("*.jpg")):
        if is_picture_name(path.stem) and path.name not in kept:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise storage_error(f"cannot remove {path}", error) from error
