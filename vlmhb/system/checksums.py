"""Checksums: what tells a file from every other one."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Difference:
    """A checksum that a file should have, and the one it has."""

    algorithm: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Checksums:
    """What is known of a file, in hex digits; empty where it is not known."""

    sha256: str = ""
    md5: str = ""
    git: str = ""
    """The name that git gives to the content."""

    def __bool__(self) -> bool:
        return bool(self.sha256 or self.md5 or self.git)

    def difference(self, file: Path) -> Difference | None:
        """The first one that `file` does not have; None when it has all that are known.

        Raises:
            OSError: it cannot be read.
        """
        known = {"sha256": self.sha256, "md5": self.md5, "git": self.git}
        wanted = {name: digest for name, digest in known.items() if digest}
        running = {name: _begin(name, file) for name in wanted}
        with file.open("rb") as content:
            while chunk := content.read(_CHUNK_BYTES):
                for digest in running.values():
                    digest.update(chunk)
        for name, expected in wanted.items():
            found = running[name].hexdigest()
            if found != expected:
                return Difference(name, expected, found)
        return None


def _begin(algorithm: str, file: Path) -> "hashlib._Hash":
    if algorithm != "git":
        return hashlib.new(algorithm, usedforsecurity=False)
    header = f"blob {file.stat().st_size}\0".encode("ascii")
    return hashlib.sha1(header, usedforsecurity=False)
