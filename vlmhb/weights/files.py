"""The files of a repo: what the hub lists, and which of them a model needs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any

SAFE = ("*.safetensors",)
PICKLED = ("*.bin", "*.ckpt", "*.pickle", "*.pkl", "*.pt", "*.pth", "*.bin.index.json")
"""Weights as Python's pickle writes them: reading such a file can run code."""

FOREIGN = (
    "*.gguf",
    "*.h5",
    "*.mlmodel",
    "*.msgpack",
    "*.onnx",
    "*.onnx_data",
    "*.ot",
    "*.tflite",
    "*/coreml/*",
    "*/onnx/*",
    "*/openvino/*",
)
"""The same weights once more, for other frameworks than PyTorch."""


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


def chosen(files: Sequence[HubFile], include: Sequence[str]) -> list[HubFile]:
    """The files that a model needs, sorted.

    Those that match a pattern of `include`; without patterns all but other forms of the same
    weights: pickled ones beside safetensors, other frameworks' beside PyTorch's.
    """
    if include:
        kept = [file for file in files if _matches(file, include)]
    elif any(_matches(file, SAFE) for file in files):
        kept = [file for file in files if not _matches(file, (*PICKLED, *FOREIGN))]
    elif any(_matches(file, PICKLED) for file in files):
        kept = [file for file in files if not _matches(file, FOREIGN)]
    else:
        kept = list(files)
    return sorted(kept, key=lambda file: file.path)


def check_whole(files: Sequence[HubFile], include: Sequence[str]) -> None:
    """Return when these may be all that a model needs, as far as that can be told without a list.

    Other programs fetch a repo's settings alone, to look what kind of model it is.

    Raises:
        ListingError: there is no file of weights among them, or none for a pattern of `include`.
    """
    if not files:
        raise ListingError("none of its files is here")
    names = ", ".join(file.path for file in files[:4]) + (", ..." if len(files) > 4 else "")
    for pattern in include:
        if not any(_matches(file, [pattern]) for file in files):
            raise ListingError(f"only {names} are here, nothing that matches {pattern}")
    if not include and not any(_matches(file, (*SAFE, *PICKLED, *FOREIGN)) for file in files):
        raise ListingError(f"only {names} are here, and no file of weights")


def _matches(file: HubFile, patterns: Iterable[str]) -> bool:
    # The slash lets */onnx/* match a folder at the top as well.
    return any(
        fnmatchcase(file.path, pattern) or fnmatchcase(f"/{file.path}", pattern)
        for pattern in patterns
    )
