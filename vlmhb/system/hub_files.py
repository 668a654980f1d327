"""Files of a repo of the hub, as a server or a cache describes them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any


class ListingError(Exception):
    """What should be a list of files is something else."""


@dataclass(frozen=True, slots=True)
class HubFile:
    """One file of one commit."""

    path: str
    """Relative, with forward slashes; never leaves its folder."""
    size_bytes: int
    blob: str
    """Its name in the cache: the sha256 of a large file, the git hash of a small one; empty when
    neither is known."""

    @property
    def has_sha256(self) -> bool:
        """Whether `blob` is one."""
        return len(self.blob) == 64


def checked_file(path: object, size_bytes: object, blob: object) -> HubFile:
    """The file that a server or a file on disk describes so.

    Raises:
        ListingError: it has no size or hash, or its path could lead out of a folder.
    """
    if not isinstance(path, str) or not is_inside(path):
        raise ListingError(f"{path!r} is no path inside a repo")
    if not isinstance(size_bytes, int) or size_bytes < 0:
        raise ListingError(f"{path} has the size {size_bytes!r}")
    if not isinstance(blob, str) or not is_hash(blob, 40, 64):
        raise ListingError(f"{path} has the hash {blob!r}")
    return HubFile(path, size_bytes, blob)


def is_inside(path: str) -> bool:
    """Whether a relative path stays below its folder and can be one."""
    parts = PurePosixPath(path).parts
    return (
        bool(parts)
        and path == "/".join(parts)
        and not ({"..", "/"} & {*parts, path[0]})
        and ("\0" not in path and "\\" not in path)
    )


def is_hash(text: str, *lengths: int) -> bool:
    """Whether it is so many hex digits, in lower case."""
    return len(text) in lengths and not set(text) - set("0123456789abcdef")


def from_hub(entries: Iterable[Any]) -> list[HubFile]:
    """The files in a piece of the hub's own list, which names folders too.

    Raises:
        ListingError: it is no such list.
    """
    try:
        files = [entry for entry in entries if entry["type"] == "file"]
        return [
            checked_file(entry["path"], large["size"], large["oid"])
            if (large := entry.get("lfs"))
            else checked_file(entry["path"], entry["size"], entry["oid"])
            for entry in files
        ]
    except (TypeError, KeyError, AttributeError) as error:
        raise ListingError(f"an entry lacks {error}") from error
