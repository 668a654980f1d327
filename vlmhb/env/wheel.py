"""Wheels: which ones an interpreter takes, and the ones a bundle brought for a lock."""

import functools
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, canonicalize_version, parse_wheel_filename

from vlmhb.domain.envspec import EnvSpec, Interpreter
from vlmhb.env.lock import Lock
from vlmhb.env.no_deps import normalised
from vlmhb.env.resolution import no_deps

BUILT = "built"
"""Folder of the wheels that were built from source on another machine."""

Brought = tuple[tuple[str, str, str], ...]
"""(Python, file name, sha256) of wheels that were built elsewhere, sorted; Python e.g. `3.11`."""

_SUMS = "sha256sums"


@dataclass(frozen=True, slots=True)
class BuiltWheel:
    """A wheel that was built from source on another machine."""

    path: Path
    sha256: str

    @property
    def package(self) -> str:
        """Normalised."""
        return str(parse_wheel_filename(self.path.name)[0])

    @property
    def requirement(self) -> str:
        """As uv reads it."""
        return f"{self.package} @ {self.path.as_uri()} --hash=sha256:{self.sha256}"


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


def read_sums(folder: Path) -> dict[str, str]:
    """File name -> sha256, as `write_sums` noted them; empty where they cannot be read."""
    try:
        lines = (folder / _SUMS).read_text("utf-8", errors="backslashreplace").splitlines()
    except OSError:
        return {}
    return {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines)}


def built_packages(spec: EnvSpec, lock: Lock) -> dict[str, str]:
    """Package -> locked version, of all that is built from source; of a commit no version."""
    pins = (re.split(r"\s*--hash=", line)[0] for line in lock.pins(spec.build).splitlines())
    released = {
        normalised(pin.name): next(iter(pin.specifier)).version for pin in map(Requirement, pins)
    }
    return {**released, **{entry.name: "" for entry in no_deps(spec) if entry.url}}


def odd_among(file_names: Collection[str], packages: Mapping[str, str]) -> str:
    """What keeps these from being one wheel for each of `built_packages`; empty when they are."""
    missing = dict(packages)
    for name in sorted(file_names):
        try:
            package, version, _, _ = parse_wheel_filename(name)
        except InvalidWheelFilename:
            return f"{name!r} is not the name of a wheel"
        if package not in missing:
            return f"{name}: its envspec does not have {package} built from source, or it is twice"
        locked = missing.pop(package)
        if locked and canonicalize_version(version) != canonicalize_version(locked):
            return f"{name}: {package}=={locked} is locked"
    return f"no wheel of {min(missing)}, which is built from source" if missing else ""


def brought(wheels: Path, spec: EnvSpec, lock: Lock) -> Brought:
    """What bundles brought of all that the spec has built from source, for every Python.

    What is not exactly that is left alone.
    """
    packages = built_packages(spec, lock)
    if not packages:
        return ()
    found: list[tuple[str, str, str]] = []
    for sums in sorted((wheels / BUILT).glob(f"{built_folder(lock.sha256, '*')}/{_SUMS}")):
        files = read_sums(sums.parent)
        if not odd_among(files, packages):
            version = sums.parent.name.rpartition("-")[2]
            found += [(version, name, sha256) for name, sha256 in sorted(files.items())]
    return tuple(found)


def brought_for(interpreter: Interpreter, wheels: Brought) -> tuple[tuple[str, str], ...]:
    """(file name, sha256) of those that the interpreter takes; none unless it takes them all."""
    minor = minor_version(interpreter.version)
    own = tuple((name, sha256) for version, name, sha256 in wheels if version == minor)
    return own if all(suits(name, interpreter) for name, _ in own) else ()


def built_wheels(
    wheels: Path, found: Brought, lock: Lock, interpreter: Interpreter
) -> tuple[BuiltWheel, ...]:
    """Those of `brought` that the interpreter takes."""
    folder = wheels / BUILT / built_folder(lock.sha256, interpreter.version)
    files = brought_for(interpreter, found)
    return tuple(BuiltWheel(folder / name, sha256) for name, sha256 in files)


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
