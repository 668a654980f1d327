"""Files that are either whole or not there."""

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from vlmhb.errors import StorageError
from vlmhb.system.durable import replacing

PARTIAL = ".partial"
"""Ends the name of a file that is not whole yet; what a crash leaves is known by it."""

_CHUNK_BYTES = 1 << 20

OTHER_FOLDER = "choose another folder"
OTHER_OUT = "choose another folder with --out"
"""For commands that have it, about what they make."""
OTHER_DISK = "copy the run folder to another disk and name the copy (`vlmhb run --out COPY`)"
"""For a run that has answers: in another folder they would all be asked for again."""

_AWAY = "mount the volume again, which is gone,"
_REMEDIES = {
    errno.ENOSPC: "free space",
    errno.EDQUOT: "free space within your quota",
    errno.EIO: "look after the disk, which fails (what it says is in `dmesg`),",
    errno.EROFS: "make the file system writable (a disk that fails is made read-only: see `dmesg`)",
    errno.EACCES: "make it writable for you",
    errno.EPERM: "make it writable for you",
    errno.EFBIG: "raise the limit on the size of files (ulimit -f)",
    errno.EMFILE: "raise the limit on open files (ulimit -n)",
    errno.ENFILE: "raise the system's limit on open files",
    errno.ENOMEM: "free memory",
    errno.ESTALE: _AWAY,
    errno.ENOTCONN: _AWAY,
    errno.ETIMEDOUT: _AWAY,
    errno.EHOSTDOWN: _AWAY,
}
"""Of refusals that have one of their own."""


def write_atomic(
    path: Path, content: bytes, *, durable: bool = True, instead: str = OTHER_FOLDER
) -> None:
    """Replace `path` by `content`, durably; a reader sees the old file or the new one.

    What can be made again need not be `durable`: then a power cut may leave another content.
    `instead` is what can be done without ending a refusal.

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
        raise storage_error(f"cannot write {path}", error, instead=instead) from error


def remove_partial(folder: Path) -> None:
    """Delete what crashed writers left in `folder`. Only for the one who may write there."""
    for leftover in folder.glob(f".*{PARTIAL}"):
        with suppress(OSError):  # whoever comes to write here is told what is wrong
            leftover.unlink()


def copy_whole(source: Path, target: Path) -> None:
    """Make `target` a copy of `source`, in one step for whoever looks at it.

    Not durable: for files that can be made again.

    Raises:
        OSError: the file system refused.
    """
    with _replacing(target) as file, source.open("rb") as content:
        shutil.copyfileobj(content, file)


def copy_durably(source: Path, target: Path) -> None:
    """Make `target`, which may be `source` itself, a new file with the same content, durably.

    Raises:
        OSError: the file system refused.
    """
    with source.open("rb") as content, replacing(target, PARTIAL) as file:
        while chunk := content.read(_CHUNK_BYTES):
            file.write(chunk)


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


def storage_error(doing: str, error: OSError, *, instead: str = OTHER_FOLDER) -> StorageError:
    """The operating system's refusal, with a way out for the usual ones, and one for all."""
    remedy = _REMEDIES.get(error.errno or 0)
    way_out = f"{remedy} or {instead}" if remedy else instead
    return StorageError(
        doing,
        f"{error.strerror or type(error).__name__} (errno {error.errno})",
        next_step=f"{way_out}, then run the same command again",
    )


def sha256_of_file(path: Path) -> str:
    """64 hex digits over the file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
