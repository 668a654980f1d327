"""The files of a repo that a model needs."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from vlmhb.system.hub_files import HubFile, ListingError

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


def holds_numbers(path: str) -> bool:
    """Whether it is a file of weights, by its name."""
    return any(fnmatchcase(path, pattern) for pattern in (*SAFE, *PICKLED, *FOREIGN)) and not (
        path.endswith(".json")
    )


def _matches(file: HubFile, patterns: Iterable[str]) -> bool:
    # The slash lets */onnx/* match a folder at the top as well.
    return any(
        fnmatchcase(file.path, pattern) or fnmatchcase(f"/{file.path}", pattern)
        for pattern in patterns
    )
