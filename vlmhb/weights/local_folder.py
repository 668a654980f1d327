"""Weights in a folder of this machine."""

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from vlmhb.domain.digest import Json, sha256_of
from vlmhb.errors import WeightsError
from vlmhb.system.files import sha256_of_file
from vlmhb.weights.fetched import FetchedWeights

_WHOLE_BYTES = 1 << 20
_MOST_FILES = 2_000
_PIECES = 16
_PIECE_BYTES = 4096
_LONGEST_HEADER_BYTES = 100 << 20


def in_folder(folder: Path) -> FetchedWeights:
    """The weights there, as they are.

    Raises:
        WeightsError: it is no folder with a model, or cannot be read.
    """
    files = files_in(folder)
    return FetchedWeights(
        folder=folder,
        repo="",
        revision="",
        revision_commit="",
        digest=digest_of(folder, files),
        files=tuple(name for name, _ in files),
        size_bytes=sum(size_bytes for _, size_bytes in files),
    )


def files_in(folder: Path) -> list[tuple[str, int]]:
    """Relative path and size of every file, sorted; those behind links as well.

    Raises:
        WeightsError: there is no such folder, it is empty, cannot be read, or holds far too much.
    """
    if not folder.is_dir():
        raise _unusable(folder, "a file" if folder.exists() else "there is no such folder")
    try:
        found = sorted((name, (folder / name).stat().st_size) for name in _names(folder))
    except OSError as error:
        raise _unusable(folder, f"{error.strerror}: {error.filename}") from error
    if not found:
        raise _unusable(folder, "the folder is empty")
    return found


def digest_of(folder: Path, files: list[tuple[str, int]]) -> str:
    """64 hex digits that change with the weights, found without reading all of them.

    Covered are every file's name and size, the whole of files up to 1 MiB, and of larger ones the
    header, if they are safetensors (names, types and shapes of their numbers), and 16 pieces of
    4 KiB, spread evenly. A change of a few numbers between those is not noticed; another training
    is.

    Raises:
        WeightsError: a file cannot be read.
    """
    try:
        contents: Json = [[name, size, _content(folder / name, size)] for name, size in files]
    except OSError as error:
        raise _unusable(folder, f"{error.strerror}: {error.filename}") from error
    return sha256_of(contents)


def _content(path: Path, size_bytes: int) -> str:
    if size_bytes <= _WHOLE_BYTES:
        return sha256_of_file(path)
    digest = hashlib.sha256()
    with path.open("rb") as file:
        if path.suffix == ".safetensors":
            length = int.from_bytes(file.read(8), "little")
            digest.update(file.read(min(length, _LONGEST_HEADER_BYTES)))
        for piece in range(_PIECES):
            file.seek((size_bytes - _PIECE_BYTES) * piece // (_PIECES - 1))
            digest.update(file.read(_PIECE_BYTES))
    return digest.hexdigest()


def _names(folder: Path) -> Iterator[str]:
    count = 0
    for parent, folders, names in os.walk(folder, onerror=_raise, followlinks=True):
        place = Path(parent)
        # Version control and the caches of tools are no part of a model.
        folders[:] = sorted(
            name for name in folders if not (name.startswith(".") or _is_loop(folder, place / name))
        )
        for name in names:
            if not _is_file(place / name):
                continue
            count += 1
            if count > _MOST_FILES:
                raise _unusable(folder, f"it holds more than {_MOST_FILES} files")
            yield (place / name).relative_to(folder).as_posix()


def _is_loop(folder: Path, place: Path) -> bool:
    """Whether it is a link to one of the folders that led to it."""
    if not place.is_symlink():
        return False
    way = (above for above in place.parents if above.is_relative_to(folder))
    return place.resolve() in {above.resolve() for above in way}


def _is_file(place: Path) -> bool:
    """Whether it has content: a pipe or socket has none, and reading one may never end."""
    return stat.S_ISREG(place.stat().st_mode)


def _raise(error: OSError) -> None:
    raise error


def _unusable(folder: Path, got: str) -> WeightsError:
    return WeightsError(
        f"cannot use the weights in {folder}",
        got,
        expected="a folder with one model: config.json, weights, tokenizer",
        next_step="correct `weights.path` in the model file",
    )
