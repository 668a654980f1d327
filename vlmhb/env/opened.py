"""Opened bundles: untrusted, until every file is the one that its list says."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vlmhb.env.bundle import INDEX, MAX_INDEX_BYTES, Bundle, refused
from vlmhb.env.tar import Member, TarError, members


@dataclass(frozen=True, slots=True)
class OpenedBundle:
    """A bundle of which the list has been read, and nothing behind it."""

    path: Path
    bundle: Bundle
    following: Iterator[Member]

    def extract(self, folder: Path) -> None:
        """Put every file below `folder`, which is empty.

        Raises:
            TarError: one is not as the list says, is missing, or is not on it.
        """
        missing = dict(self.bundle.files)
        for member in self.following:
            file = missing.pop(member.name, None)
            if file is None:
                raise TarError(f"{member.name!r} is not on its list, or is there twice")
            if member.size_bytes != file.size_bytes:
                raise TarError(f"{member.name}: {member.size_bytes} bytes, not {file.size_bytes}")
            found = _written(member, folder / member.name)
            if found != file.sha256:
                raise TarError(f"{member.name}: its sha256 is {found}, not {file.sha256}")
        if missing:
            raise TarError(f"{min(missing)} is missing")


@contextmanager
def open_bundle(path: Path) -> Iterator[OpenedBundle]:
    """The bundle at `path`, to be extracted while this lasts.

    Raises:
        EnvError: it is no bundle, or not one that is whole and unchanged.
    """
    try:
        with path.open("rb") as file:
            following = members(file)
            content = _index(following)
            yield OpenedBundle(path, Bundle.from_json(content, str(path)), following)
    except TarError as error:
        raise refused(str(path), str(error)) from error


def _index(following: Iterator[Member]) -> bytes:
    first = next(following, None)
    if first is None or first.name != INDEX or first.size_bytes > MAX_INDEX_BYTES:
        raise TarError(f"it does not begin with {INDEX}")
    return b"".join(first.chunks())


def _written(member: Member, target: Path) -> str:
    """Write a file; return its sha256."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with target.open("xb") as file:
        for chunk in member.chunks():
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()
