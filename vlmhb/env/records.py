"""RECORD files: what the packages of an env say they consist of."""

import base64
import csv
import hashlib
import io
import os.path
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from vlmhb.env.tree import Tree


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that is not what a package installed."""

    package: str
    path: str
    """Relative to the venv."""
    found: str
    """Its sha256; empty when it is missing."""

    def __str__(self) -> str:
        what = "changed" if self.found else "missing"
        return f"{self.package}: {what}: {self.path}"


@dataclass(frozen=True, slots=True)
class Record:
    """The files one package lists, in columns."""

    package: str
    paths: tuple[str, ...]
    """Relative to the venv."""
    sha256: tuple[str, ...]
    """Empty where the package does not say."""


def site_packages(venv: Path) -> Path:
    """The folder a venv's packages are in."""
    return next((venv / "lib").glob("python*")) / "site-packages"


def installed_packages(venv: Path) -> tuple[tuple[str, str], ...]:
    """(name, version) of everything installed, sorted; names as in a lock."""
    return tuple(sorted(_name_and_version(info) for info in dist_infos(venv)))


def dist_infos(venv: Path) -> tuple[Path, ...]:
    """The folder with the RECORD of each package, sorted."""
    return tuple(sorted(site_packages(venv).glob("*.dist-info")))


def read_record(venv: Path, dist_info: Path) -> tuple[str, bytes]:
    """A name for all that a package's list says, wherever the venv is; and the list."""
    base = dist_info.parent.relative_to(venv).as_posix()
    content = (dist_info / "RECORD").read_bytes()
    return hashlib.sha256(b"\0".join((base.encode(), content))).hexdigest(), content


def parse_record(content: bytes, venv: Path, dist_info: Path) -> Record:
    """What the list says."""
    base = dist_info.parent.relative_to(venv).as_posix()
    paths: list[str] = []
    sha256: list[str] = []
    for path, checksum, *_ in csv.reader(io.StringIO(content.decode(), newline="")):
        place = f"{base}/{path}"
        paths.append(os.path.normpath(place) if ".." in path else place)
        sha256.append(_hex(checksum[7:]) if checksum.startswith("sha256=") else "")
    package, _ = _name_and_version(dist_info)
    return Record(package, tuple(paths), tuple(sha256))


def problems(
    tree: Tree, records: Collection[Record], sha256: Mapping[str, str]
) -> tuple[Problem, ...]:
    """Files that a package lists and that are missing, or are other than every package says.

    `sha256` holds the digest of every file of the tree.

    Two packages may bring the same file; the one installed last is the one that is there.
    """
    suspects: dict[str, str] = {}
    for record in records:
        for path, listed in zip(record.paths, record.sha256, strict=True):
            if sha256.get(path) != listed:
                suspects.setdefault(path, record.package)
    claims = _claims(records, suspects)
    found = []
    for path, package in suspects.items():
        if path not in tree.files:
            if not os.path.lexists(tree.root / path):
                found.append(Problem(package, path, ""))
        elif claims[path] and sha256[path] not in claims[path]:
            found.append(Problem(package, path, sha256[path]))
    return tuple(found)


def _claims(records: Iterable[Record], paths: Iterable[str]) -> dict[str, set[str]]:
    """What each of `paths` may be, according to the packages."""
    claims: dict[str, set[str]] = {path: set() for path in paths}
    for record in records:
        for path, listed in zip(record.paths, record.sha256, strict=True):
            if listed and path in claims:
                claims[path].add(listed)
    return claims


def _hex(urlsafe_base64: str) -> str:
    return base64.urlsafe_b64decode(urlsafe_base64 + "=" * (-len(urlsafe_base64) % 4)).hex()


def _name_and_version(dist_info: Path) -> tuple[str, str]:
    name, _, version = dist_info.name.removesuffix(".dist-info").rpartition("-")
    return re.sub(r"[-_.]+", "-", name).lower(), version
