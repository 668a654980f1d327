"""Files that are either whole or not there."""

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from vlmhb.errors import StorageError
from vlmhb.system.durable import replacing

PARTIAL = ".partial"
"""Ends the name of a file that is not whole yet; what a crash leaves is known by it."""

_REMEDIES = {
    errno.EIO: "look after the disk, which fails (what it says is in `dmesg`),",
    errno.EROFS: "make the file system writable",
    errno.EACCES: "make it writable for you",
    errno.EPERM: "make it writable for you",
    errno.EFBIG: "raise the limit on the size of files (ulimit -f)",
    errno.EMFILE: "raise the limit on open files (ulimit -n)",
    errno.ENFILE: "raise the system's limit on open files",
}
"""Of refusals that more free space does not end."""


def write_atomic(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Replace `path` by `content`, durably; a reader sees the old file or the new one.

    What can be made again need not be `durable`: then a power cut may leave another content.

    Raises:
        StorageError: the file system refused.
    """
    try:
        if durable:
            with replacing(path, PARTIAL) as whole:
                whole.write(content)
        else:
            with _replacing(path) as file:
                file.write(content)
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
    remedy = _REMEDIES.get(error.errno or 0, "free space")
    return StorageError(
        doing,
        f"{error.strerror or type(error).__name__} (errno {error.errno})",
        next_step=f"{remedy} or {instead}, then run the same command again",
    )


def sha256_of_file(path: Path) -> str:
    """64 hex digits over the file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
