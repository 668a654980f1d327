"""Plain tar files: regular files under relative names, and nothing else."""

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_CHUNK_BYTES = 1 << 20
_LONGEST_NAME = 4096


class TarError(Exception):
    """Not a tar file of this kind."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a tar, which is only to be read until the next one is asked for."""

    name: str
    size_bytes: int
    file: IO[bytes]

    def chunks(self) -> Iterator[bytes]:
        """Its bytes.

        Raises:
            TarError: the tar ends before they do.
        """
        left = self.size_bytes
        while left:
            chunk = self.file.read(min(left, _CHUNK_BYTES))
            if not chunk:
                raise TarError(f"it ends in the middle of {self.name}")
            left -= len(chunk)
            yield chunk


def write_member(tar: tarfile.TarFile, name: str, source: IO[bytes], size_bytes: int) -> None:
    """Append a file; equal contents give equal tars."""
    info = tarfile.TarInfo(name)
    info.size = size_bytes
    tar.addfile(info, source)


def new_tar(path: Path) -> tarfile.TarFile:
    """An empty tar for `write_member`, to be closed."""
    return tarfile.open(path, "w:", format=tarfile.GNU_FORMAT)


def members(file: IO[bytes]) -> Iterator[Member]:
    """Every file, in order.

    Only a header is taken from the standard library: its reader follows links, reads headers of
    any length into memory and goes back in the file when a header says so.

    Raises:
        TarError: it is no tar, or holds anything but regular files.
    """
    long_name = ""
    while True:
        header = _header(file)
        if header is None:
            return
        if header.type == tarfile.GNUTYPE_LONGNAME and not long_name:
            long_name = _long_name(header, file)
            continue
        if header.type != tarfile.REGTYPE or header.size < 0:
            raise TarError(f"{header.name!r} is not a regular file")
        start = file.tell()
        yield Member(long_name or header.name, header.size, file)
        long_name = ""
        file.seek(start + _padded(header.size))


def _header(file: IO[bytes]) -> tarfile.TarInfo | None:
    block = file.read(tarfile.BLOCKSIZE)
    if len(block) < tarfile.BLOCKSIZE:
        raise TarError("it ends without an end mark")
    if not any(block):
        return None
    try:
        # A long name is cut here, maybe within a character, and comes whole in a block before.
        return tarfile.TarInfo.frombuf(block, "utf-8", "replace")
    except (tarfile.TarError, ValueError) as error:
        raise TarError(f"it is no tar file ({error})") from error


def _long_name(header: tarfile.TarInfo, file: IO[bytes]) -> str:
    if not 0 < header.size <= _LONGEST_NAME:
        raise TarError("a name in it is too long")
    content = file.read(_padded(header.size))[: header.size]
    try:
        return content.rstrip(b"\0").decode()
    except UnicodeDecodeError as error:
        raise TarError("a name in it is not UTF-8") from error


def _padded(size_bytes: int) -> int:
    return -(-size_bytes // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
