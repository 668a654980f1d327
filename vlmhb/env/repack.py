"""Repacking: from a package that was built and installed back to its wheel."""

import base64
import configparser
import csv
import email
import hashlib
import io
import os.path
import re
import stat
import zipfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path, PurePosixPath

from vlmhb.env.no_deps import normalised
from vlmhb.env.records import site_packages
from vlmhb.errors import EnvError

_OF_THE_INSTALLER = {
    "RECORD",
    "RECORD.jws",
    "RECORD.p7s",
    "INSTALLER",
    "REQUESTED",
    "direct_url.json",
    "uv_build.json",
    "uv_cache.json",
}
"""In a .dist-info folder, and not from the wheel."""

_SHEBANG = re.compile(rb"#!/bin/sh\n'''exec' [^\n]*\n' '''\n|#![^\n]*python[^\n]*\n")
"""How an installed script names its venv's Python; in a wheel it is `#!python`."""

_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first time a zip file can hold: equal files give equal wheels."""


def repack(venv: Path, package: str, folder: Path) -> Path:
    """Write the wheel that gives `package` as it is installed in `venv`; return its path.

    Raises:
        EnvError: it is not installed, its files are not those that were installed, or one is
            outside the venv.
    """
    info = _dist_info(venv, package)
    contents = dict(sorted(_contents(venv, info, package)))
    wheel = folder / _file_name(info)
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        rows = []
        for name, (content, mode) in contents.items():
            _add(archive, name, content, mode)
            rows.append((name, _record_hash(content), str(len(content))))
        record = io.StringIO(newline="")
        csv.writer(record, lineterminator="\n").writerows([*rows, (f"{info.name}/RECORD", "", "")])
        _add(archive, f"{info.name}/RECORD", record.getvalue().encode(), 0o644)
    return wheel


def _dist_info(venv: Path, package: str) -> Path:
    for folder in site_packages(venv).glob("*.dist-info"):
        if normalised(folder.name.removesuffix(".dist-info").rpartition("-")[0]) == package:
            return folder
    raise EnvError(
        f"cannot pack {package}",
        f"it is not installed in {venv}",
        next_step="correct its name in `no_deps` and `build` of envspec.yaml",
    )


def _contents(venv: Path, info: Path, package: str) -> Iterator[tuple[str, tuple[bytes, int]]]:
    """(name in the wheel, (bytes, mode)) of every file that came from the wheel."""
    scripts = _entry_points(info)
    with (info / "RECORD").open(encoding="utf-8", newline="") as file:
        rows = [(path, checksum) for path, checksum, *_ in csv.reader(file)]
    for path, checksum in rows:
        place = PurePosixPath(os.path.normpath(path))
        if "__pycache__" in place.parts or _is_of_the_installer(place, info):
            continue
        source = info.parent / place
        inside = Path(os.path.normpath(source)).relative_to(venv) if _below(source, venv) else None
        if inside is None:
            raise _odd(package, f"{path} is outside its venv")
        if inside.parts[0] == "bin" and inside.name in scripts:
            continue
        content = source.read_bytes()
        if checksum.startswith("sha256=") and checksum != _record_hash(content):
            raise _odd(package, f"{path} is not as it was installed")
        mode = stat.S_IMODE(source.stat().st_mode)
        name = _name_in_wheel(place, inside, info)
        if inside.parts[0] == "bin":
            content = _SHEBANG.sub(b"#!python\n", content, count=1)
        yield name, (content, mode)


def _is_of_the_installer(place: PurePosixPath, info: Path) -> bool:
    return place.parent.name == info.name and place.name in _OF_THE_INSTALLER


def _below(path: Path, folder: Path) -> bool:
    return Path(os.path.normpath(path)).is_relative_to(folder)


def _name_in_wheel(place: PurePosixPath, inside: Path, info: Path) -> str:
    if ".." not in place.parts:
        return place.as_posix()
    data = info.name.removesuffix(".dist-info") + ".data"
    if inside.parts[0] == "bin":
        return f"{data}/scripts/{inside.name}"
    if inside.parts[:2] == ("include", "site"):
        return f"{data}/headers/{PurePosixPath(*inside.parts[4:])}"
    return f"{data}/data/{inside.as_posix()}"


def _entry_points(info: Path) -> set[str]:
    """The scripts that an installer makes by itself."""
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign] # names keep their case
    parser.read(info / "entry_points.txt", encoding="utf-8")
    groups = ("console_scripts", "gui_scripts")
    return {name for group in groups if parser.has_section(group) for name in parser[group]}


def _file_name(info: Path) -> str:
    wheel = email.message_from_string((info / "WHEEL").read_text(encoding="utf-8"))
    parts = [tag.split("-") for tag in wheel.get_all("Tag", [])]
    columns = [".".join(dict.fromkeys(column)) for column in zip(*parts, strict=True)]
    # Compressed names say more than the list they stand for unless it is a full product.
    whole = set(product(*(column.split(".") for column in columns))) == {tuple(p) for p in parts}
    tags = columns if whole else parts[0]
    return "-".join((info.name.removesuffix(".dist-info"), *tags)) + ".whl"


def _add(archive: zipfile.ZipFile, name: str, content: bytes, mode: int) -> None:
    entry = zipfile.ZipInfo(name, _EARLIEST)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (stat.S_IFREG | mode) << 16
    archive.writestr(entry, content)


def _record_hash(content: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
    return f"sha256={digest.rstrip(b'=').decode()}"


def _odd(package: str, got: str) -> EnvError:
    return EnvError(
        f"cannot pack {package}",
        got,
        expected="a package whose files are as they were installed, below its env",
        next_step="leave it out of the overlay, run `vlmhb env verify`, then pack again",
    )
