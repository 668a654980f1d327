"""RECORD files: what the packages of an env say they consist of."""

import base64
import csv
import os.path
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vlmhb.env.manifest import FileState


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
class _Claim:
    package: str
    sha256: set[str] = field(default_factory=set)
    """Empty when the package does not say."""


def site_packages(venv: Path) -> Path:
    """The folder a venv's packages are in."""
    return next((venv / "lib").glob("python*")) / "site-packages"


def installed_packages(venv: Path) -> tuple[tuple[str, str], ...]:
    """(name, version) of everything installed, sorted; names as in a lock."""
    return tuple(sorted(_name_and_version(folder) for folder in _dist_infos(venv)))


def problems(venv: Path, states: Mapping[str, FileState]) -> tuple[Problem, ...]:
    """Files that a package lists and that are missing, or are other than every package says.

    Two packages may bring the same file; the one installed last is the one that is there.
    """
    found = []
    for path, claim in _claims(venv).items():
        state = states.get(path)
        if state is None:
            if not os.path.lexists(venv / path):
                found.append(Problem(claim.package, path, ""))
        elif claim.sha256 and state.sha256 not in claim.sha256:
            found.append(Problem(claim.package, path, state.sha256))
    return tuple(found)


def _claims(venv: Path) -> dict[str, _Claim]:
    """Path below the venv -> who lists it, with which hashes."""
    packages: dict[str, str] = {}
    hashes: dict[str, set[str]] = defaultdict(set)
    base = site_packages(venv).relative_to(venv).as_posix()
    for folder in _dist_infos(venv):
        package, _ = _name_and_version(folder)
        with (folder / "RECORD").open(encoding="utf-8", newline="") as file:
            for path, checksum, *_ in csv.reader(file):
                place = f"{base}/{path}"
                place = os.path.normpath(place) if ".." in path else place
                packages.setdefault(place, package)
                if checksum.startswith("sha256="):
                    hashes[place].add(_hex(checksum.removeprefix("sha256=")))
    return {place: _Claim(package, hashes[place]) for place, package in packages.items()}


def _hex(urlsafe_base64: str) -> str:
    return base64.urlsafe_b64decode(urlsafe_base64 + "=" * (-len(urlsafe_base64) % 4)).hex()


def _dist_infos(venv: Path) -> list[Path]:
    return sorted(site_packages(venv).glob("*.dist-info"))


def _name_and_version(dist_info: Path) -> tuple[str, str]:
    name, _, version = dist_info.name.removesuffix(".dist-info").rpartition("-")
    return re.sub(r"[-_.]+", "-", name).lower(), version
