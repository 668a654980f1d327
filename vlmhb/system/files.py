"""Files that are either whole or not there."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from vlmhb.errors import StorageError

PARTIAL = ".partial"
"""Ends the name of a file that is not whole yet; what a crash leaves is known by it."""


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_atomic(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Replace `path` by `content`, durably; a reader sees the old file or the new one.

    What can be made again need not be `durable`: then a power cut may leave another content.

    Raises:
        StorageError: the file system refused.
    """
    try:
        with _replacing(path) as file:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        if durable:
            sync_folder(path.parent)
    except OSError as error:
        raise storage_error(f"cannot write {path}", error) from error


def remove_partial(folder: Path) -> None:
    """Delete what crashed writers left in `folder`. Only for the one who may write there."""
    for leftover in folder.glob(f".*{PARTIAL}"):
        leftover.unlink(missing_ok=True)


def copy_whole(source: Path, target: Path) -> None:
    """Make `target` a copy of `source`, in one step for whoever looks at it.

    Not durable: for files that can be made again.

    Raises:
        OSError: the file system refused.
    """
    with _replacing(target) as file, source.open("rb") as content:
        shutil.copyfileobj(content, file)


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `path` when it is whole.

    Until then it has a name of its own: others may write the same one at this moment.
    """
    fd, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=PARTIAL, dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(fd, "wb") as file:
            yield file
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def storage_error(
    doing: str, error: OSError, *, instead: str = "choose another folder with --out"
) -> StorageError:
    """The operating system's refusal, with a way out for the usual ones."""
    return StorageError(
        doing,
        f"{error.strerror or type(error).__name__} (errno {error.errno})",
        next_step=f"free space or {instead}, then run the same command again",
    )


def sha256_of_file(path: Path) -> str:
    """64 hex digits over the file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
