"""Archives that datasets come in: their files, put where nothing can leave the folder."""

import errno
import lzma
import shutil
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from vlmhb.system.hub_files import is_inside

_ENCRYPTED = 0x1
_ZIP_BEGINS = {b"PK\3\4", b"PK\5\6"}
"""With a file, or with the list of none."""

_DAMAGED = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,  # a compression that zipfile does not know
    # What tarfile and zipfile raise over headers that make no sense.
    IndexError,
    OverflowError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much an archive may hold."""

    members: int = 4_000_000
    growth: int = 200
    """Times the archive's own size; text shrinks to a twentieth, an archive made to harm to a
    thousandth."""
    always_bytes: int = 1 << 30
    """May come out of any archive."""


class ArchiveProblem(Exception):  # noqa: N818 - it becomes a DownloadError
    """Why an archive is not unpacked; the text says it for the user."""


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    size_bytes: int
    open: Callable[[], IO[bytes]]


def unpack(
    archive: Path, make_room: Callable[[int], None], bounds: Bounds = Bounds()
) -> tuple[str, ...]:
    """Put the files of a zip or tar archive beside it; gives their paths from there, in its order.

    Files that are there already are replaced. `make_room` gets the size of each file before it is
    written. Permissions, owners and times are not taken over.

    Raises:
        ArchiveProblem: it is no archive, damaged, or something in it is refused: a path that leads
            out, a link, a device, a name that is there twice, more than is ever unpacked. What was
            unpacked before stays.
        OSError: the file system refused.
    """
    folder = archive.parent
    names: set[str] = set()
    allowed_bytes = max(archive.stat().st_size * bounds.growth, bounds.always_bytes)
    try:
        with ExitStack() as stack:
            for member in _members(archive, stack):
                name = _checked(member.name, names)
                allowed_bytes -= member.size_bytes
                if allowed_bytes < 0 or len(names) > bounds.members:
                    raise ArchiveProblem("it unpacks to more than is ever taken")
                make_room(member.size_bytes)
                if folder / name == archive:
                    raise ArchiveProblem(f"it holds a file with its own name, {name}")
                _write(member, folder / name)
    except _DAMAGED as error:
        raise ArchiveProblem(f"it is damaged or no zip or tar archive: {error}") from error
    except OSError as error:
        # Decompressors give none; a place before the beginning of the file is EINVAL.
        if error.errno in {None, errno.EINVAL}:
            raise ArchiveProblem(f"it is damaged: {error}") from error
        raise
    return tuple(sorted(names))


def _checked(name: str, names: set[str]) -> str:
    short = name.removeprefix("./")
    if not is_inside(short):
        raise ArchiveProblem(f"{name!r} in it leads out of the folder")
    if short in names:
        raise ArchiveProblem(f"{name!r} is in it twice")
    names.add(short)
    return short


def _write(member: _Member, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with member.open() as content, target.open("wb") as file:
            shutil.copyfileobj(content, file, 1 << 20)
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise ArchiveProblem(f"{member.name!r} is a file and a folder in it") from error


def _members(archive: Path, stack: ExitStack) -> Iterator[_Member]:
    with archive.open("rb") as file:
        is_zip = file.read(4) in _ZIP_BEGINS
    if is_zip:
        yield from _in_zip(stack.enter_context(zipfile.ZipFile(archive)))
    else:
        yield from _in_tar(stack.enter_context(tarfile.open(archive, "r|*")))  # noqa: SIM115 - it is one


def _in_zip(opened: zipfile.ZipFile) -> Iterator[_Member]:
    for info in opened.infolist():
        if info.is_dir():
            continue
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in {0, stat.S_IFREG}:
            raise ArchiveProblem(f"{info.filename!r} in it is no regular file")
        if info.flag_bits & _ENCRYPTED:
            raise ArchiveProblem(f"{info.filename!r} in it is encrypted")
        yield _Member(info.filename, info.file_size, lambda info=info: opened.open(info))  # type: ignore[misc]


def _in_tar(opened: tarfile.TarFile) -> Iterator[_Member]:
    for info in opened:
        if info.isdir():
            continue
        if not info.isreg() or info.size < 0:
            raise ArchiveProblem(f"{info.name!r} in it is no regular file")

        def content(info: tarfile.TarInfo = info) -> IO[bytes]:
            found = opened.extractfile(info)
            if found is None:
                raise ArchiveProblem(f"{info.name!r} in it has no content")
            return found

        yield _Member(info.name, info.size, content)
        opened.members = []  # type: ignore[attr-defined]  # a stream is never read back
