"""RECORD files: what the packages of an env say they consist of."""

import base64
import csv
import hashlib
import io
import os.path
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from vlmhb.env.no_deps import normalised
from vlmhb.env.tree import Tree
from vlmhb.errors import EnvError


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
    found = site_packages(venv).glob("*.dist-info")
    return tuple(sorted(info for info in found if info.is_dir()))


def read_record(venv: Path, dist_info: Path) -> tuple[str, bytes]:
    """A name for all that a package's list says, wherever the venv is; and the list.

    What uv installs always has one. A package that an overlay brings may have none, and lists
    nothing then.
    """
    base = dist_info.parent.relative_to(venv).as_posix()
    try:
        content = (dist_info / "RECORD").read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        content = b""
    return hashlib.sha256(b"\0".join((base.encode(), content))).hexdigest(), content


def parse_record(content: bytes, venv: Path, dist_info: Path) -> Record:
    """What the list says.

    Raises:
        EnvError: it is no list.
    """
    base = dist_info.parent.relative_to(venv).as_posix()
    paths: list[str] = []
    sha256: list[str] = []
    package, _ = _name_and_version(dist_info)
    for path, checksum in _rows(content, package, dist_info / "RECORD"):
        place = f"{base}/{path}"
        paths.append(os.path.normpath(place) if ".." in path else place)
        sha256.append(_hex(checksum[7:]) if checksum.startswith("sha256=") else "")
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


def _rows(content: bytes, package: str, record: Path) -> Iterator[tuple[str, str]]:
    """(path, checksum) of each file; lines that name none are left out."""
    text = content.decode("utf-8", "backslashreplace")
    try:
        for row in csv.reader(io.StringIO(text, newline="")):
            path, checksum, *_ = (*row, "", "")
            if path:
                yield path, checksum
    except csv.Error as error:
        raise EnvError(
            f"cannot read what {package} consists of",
            f"{record}: {error}",
            expected="a RECORD: one line `path,sha256=...,size` for each file",
            next_step="correct it in the overlay or the package that it comes from",
        ) from error


def _hex(urlsafe_base64: str) -> str:
    """The digits that are meant; what is no base64 stays as it is, and no file is like that."""
    try:
        return base64.urlsafe_b64decode(urlsafe_base64 + "=" * (-len(urlsafe_base64) % 4)).hex()
    except ValueError:
        return urlsafe_base64


def _name_and_version(dist_info: Path) -> tuple[str, str]:
    name, _, version = dist_info.name.removesuffix(".dist-info").rpartition("-")
    return normalised(name), version
