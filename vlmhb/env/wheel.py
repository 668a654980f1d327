"""Wheels: which ones an interpreter takes, and the ones a bundle brought for a lock."""

import functools
from collections.abc import Iterable, Mapping
from pathlib import Path

from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from vlmhb.domain.envspec import Interpreter
from vlmhb.env.lock import Lock

BUILT = "built"
"""Folder of the wheels that were built from source on another machine."""

_SUMS = "sha256sums"


def best_wheel(file_names: Iterable[str], interpreter: Interpreter) -> str | None:
    """The wheel an installer would take of these; None when it takes none."""
    ranks = {name: rank for name in file_names if (rank := _rank(name, interpreter)) is not None}
    return min(ranks, key=lambda name: ranks[name], default=None)


def suits(file_name: str, interpreter: Interpreter) -> bool:
    """Whether an installer takes this wheel."""
    return _rank(file_name, interpreter) is not None


def applies(requirement: Requirement, interpreter: Interpreter) -> bool:
    """Whether a requirement is meant for this interpreter, on this machine."""
    environment = {
        "python_version": minor_version(interpreter.version),
        "python_full_version": interpreter.version,
        "implementation_version": interpreter.version,
    }
    # What is not given is as on this machine, under the Python that runs vlmhb.
    return requirement.marker is None or requirement.marker.evaluate(environment)


def built_folder(lock_sha256: str, python_version: str) -> str:
    """The name below `BUILT` for what was built with a lock for a Python.

    Of a lock and not of a source: the same source gives other files beside another torch.
    """
    return f"{lock_sha256[:16]}-{minor_version(python_version)}"


def minor_version(python_version: str) -> str:
    """What decides which wheels a Python takes, e.g. `3.11` of `3.11.7`."""
    return ".".join(python_version.split(".")[:2])


def write_sums(folder: Path, sha256: Mapping[str, str]) -> None:
    """Note the hashes of the wheels in `folder`, as `sha256sum -c` reads them."""
    lines = [f"{value}  {name}\n" for name, value in sorted(sha256.items())]
    (folder / _SUMS).write_text("".join(lines), encoding="utf-8")


def brought(wheels: Path | None, lock: Lock, interpreter: Interpreter) -> list[str]:
    """Requirements for what the lock has to be built from source and a bundle brought built."""
    if wheels is None:
        return []
    folder = wheels / BUILT / built_folder(lock.sha256, interpreter.version)
    try:
        lines = (folder / _SUMS).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    files = [(name, sha256) for sha256, _, name in (line.partition("  ") for line in lines)]
    if not all(suits(name, interpreter) for name, _ in files):
        return []
    return [
        f"{parse_wheel_filename(name)[0]} @ {(folder / name).as_uri()} --hash=sha256:{sha256}"
        for name, sha256 in files
    ]


def _rank(file_name: str, interpreter: Interpreter) -> tuple[int, int] | None:
    """Lower is better; None for a wheel of another platform or Python."""
    try:
        _, _, build, tags = parse_wheel_filename(file_name)
    except InvalidWheelFilename:
        return None
    places = _places(interpreter)
    found = [places[tag] for tag in tags if tag in places]
    return (min(found), -build[0] if build else 0) if found else None


@functools.cache
def _places(interpreter: Interpreter) -> dict[Tag, int]:
    """Every tag the interpreter takes on this machine -> its place, the best first."""
    major, minor = (int(part) for part in interpreter.version.split(".")[:2])
    threads = "t" if "free-threading" in interpreter.build else ""
    tags = [
        *cpython_tags((major, minor), abis=[f"cp{major}{minor}{threads}"]),
        *compatible_tags((major, minor), interpreter=f"cp{major}{minor}"),
    ]
    return {tag: place for place, tag in reversed(list(enumerate(tags)))}
