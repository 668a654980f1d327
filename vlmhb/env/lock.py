"""Locks: the exact files an env is made of, named by their sha256 and never by an address."""

import hashlib
import platform
import re
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from vlmhb.domain.digest import sha256_of
from vlmhb.domain.envspec import EnvSpec
from vlmhb.env.no_deps import normalised
from vlmhb.env.resolution import Resolution, exactly, no_deps
from vlmhb.env.uv import Uv
from vlmhb.errors import EnvError
from vlmhb.system.files import write_atomic
from vlmhb.system.scratch import scratch_folder

WORKER_REQUIREMENT = "msgpack"
"""What the worker needs in every env."""

_SPEC_LINE = "# envspec-sha256: "
_GIT_LINE = "# git: "
_RELEASED_LINE = "# released: "

_PIN = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9._,-]+\])?==[A-Za-z0-9.!+_-]+( *;[^#]*)?"
)
_HASHES = re.compile(r"( *--hash=sha256:[0-9a-f]{64})+ *")


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock that was read and found sound."""

    path: Path
    content: bytes

    @property
    def sha256(self) -> str:
        """64 hex digits over its bytes."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def text(self) -> str:
        """The same to read: what is no UTF-8, in a comment, is spelled out."""
        return _text(self.content)

    def pins(self, names: Collection[str]) -> str:
        """The lines of the packages called so."""
        return self._lines(lambda name: name in names)

    def pins_without(self, names: Collection[str]) -> str:
        """The lines of all other packages."""
        return self._lines(lambda name: name not in names)

    def _lines(self, wanted: Callable[[str], bool]) -> str:
        lines = (line for _, line in _logical_lines(self.text))
        chosen = [line for line in lines if wanted(normalised(re.split(r"[\[=]", line)[0]))]
        return exactly("".join(f"{line}\n" for line in chosen))


def platform_tag() -> str:
    """What a lock of this machine is named by, e.g. `linux-x86_64`."""
    return f"{sys.platform}-{platform.machine()}"


def lock_path(spec: EnvSpec) -> Path:
    """Where the spec's lock for this machine belongs."""
    variant = f"-{spec.variant}" if spec.variant else ""
    return Path(spec.folder) / f"{platform_tag()}{variant}.lock"


def read_lock(spec: EnvSpec) -> Lock:
    """The spec's lock for this machine.

    Raises:
        EnvError: there is none, it cannot be read, it is older than the spec, or a line of it names
            no exact file.
    """
    path = lock_path(spec)
    again = f"vlmhb env lock {spec.name}"
    content = _content(spec)
    if content is None:
        raise EnvError(
            f'env "{spec.name}" has no lock for {platform_tag()}',
            f"{path} does not exist",
            next_step=f"write it on a machine with a network: {again}",
        )
    text = _text(content)
    if f"{_SPEC_LINE}{spec_sha256(spec)}" not in text.splitlines():
        raise EnvError(
            f'cannot use the lock of env "{spec.name}"',
            f"{path} was written for another envspec.yaml",
            expected="a lock made from the python and the packages that envspec.yaml asks for",
            next_step=f"the lock is older than its spec; run: {again}",
        )
    if problems := _unsound_lines(text):
        raise EnvError(
            f'cannot use the lock of env "{spec.name}"',
            "\n".join(f"{path}:{number}: {problem}" for number, problem in problems),
            expected="lines `name==version --hash=sha256:...`, without addresses or options",
            next_step=f"write it anew: {again}",
        )
    return Lock(path, content)


def write_lock(spec: EnvSpec, uv: Uv, *, upgrade: bool = False) -> Path:
    """Resolve the spec for this machine's platform and write its lock; return where.

    Versions of an existing lock are kept where they still fit, unless `upgrade`.

    Raises:
        EnvError: the requirements cannot be met, a file has no hash, or what is in the lock's place
            cannot be read.
    """
    path = lock_path(spec)
    # uv reads nothing that is no UTF-8.
    before = _text(_content(spec) or b"").encode()
    with scratch_folder("lock") as name:
        resolution = Resolution(Path(name), spec, uv, WORKER_REQUIREMENT)
        pins = resolution.pins(b"" if upgrade else before)
        if problems := _unsound_lines(pins):
            raise EnvError(
                f'cannot lock env "{spec.name}"',
                "\n".join(problem for _, problem in problems),
                expected="packages from an index, each with the sha256 of its files",
                next_step="replace addresses and paths in envspec.yaml by released versions; what "
                "only a folder of wheels has cannot be in no_deps",
            )
        _check_torch(spec, pins)
        released = resolution.release_dates(pins)
    header = f"# Written by `vlmhb env lock {spec.name}` with uv {uv.version}.\n"
    git = [f"{_GIT_LINE}{entry.name} {entry.commit}\n" for entry in no_deps(spec) if entry.url]
    dates = [f"{_RELEASED_LINE}{day} {pin}\n" for pin, day in sorted(released.items())]
    text = "".join((header, f"{_SPEC_LINE}{spec_sha256(spec)}\n", *git, pins, *dates))
    write_atomic(path, text.encode())
    return path


def _content(spec: EnvSpec) -> bytes | None:
    """Of the spec's lock; None when there is none."""
    path = lock_path(spec)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise EnvError(
            f'cannot read the lock of env "{spec.name}"',
            f"{path}: {error.strerror}",
            expected="a file that can be read",
            next_step=f"remove what is there, then run: vlmhb env lock {spec.name}",
        ) from error


def _text(content: bytes) -> str:
    return content.decode("utf-8", "backslashreplace")


def _check_torch(spec: EnvSpec, pins: str) -> None:
    """A folder of wheels may hold another build of torch than the variant is about."""
    found = re.search(r"(?m)^torch==([^ ;+]+)\+([a-z0-9]+)", pins)
    if found and found.group(2) != spec.torch_build:
        raise EnvError(
            f'cannot lock env "{spec.name}"',
            f"torch=={found.group(1)}+{found.group(2)} was found, in a folder of wheels",
            expected="the index's own build of torch",
            next_step=f"pin torch=={found.group(1)} in the requirements of this variant",
        )


def spec_sha256(spec: EnvSpec) -> str:
    """A name for what was asked of the resolver; a lock carries it to show what it answers."""
    return sha256_of(
        {
            "python": spec.python,
            "requirements": sorted(spec.requirements),
            "constraints": sorted(spec.constraints),
            "overrides": sorted(spec.overrides),
            "no_deps": sorted(spec.no_deps),
            "build": sorted(spec.build),
        }
    )


def git_commits(lock: bytes) -> dict[str, str]:
    """Package -> the commit it comes from, of those that come from git."""
    lines = _text(lock).splitlines()
    told = (line.removeprefix(_GIT_LINE) for line in lines if line.startswith(_GIT_LINE))
    return {name: commit for name, _, commit in (line.partition(" ") for line in told)}


def release_dates(lock: bytes) -> dict[str, str]:
    """`name==version` -> the day it was released, as far as the index told when it was locked."""
    lines = _text(lock).splitlines()
    told = (line.removeprefix(_RELEASED_LINE) for line in lines if line.startswith(_RELEASED_LINE))
    return {pin: day for day, _, pin in (line.partition(" ") for line in told)}


def _unsound_lines(text: str) -> list[tuple[int, str]]:
    """(line number, what is wrong) of every requirement that does not name exact files."""
    problems = []
    for number, line in _logical_lines(text):
        pin, separator, hashes = line.partition("--hash=")
        if not _PIN.fullmatch(pin.strip()):
            problems.append((number, f"not a pinned package: {line[:80]}"))
        elif not _HASHES.fullmatch(separator + hashes):
            problems.append((number, f"no sha256: {pin.strip()}"))
    return problems


def _logical_lines(text: str) -> list[tuple[int, str]]:
    """(number of its first line, text) with continued lines joined; comments are left out."""
    lines: list[tuple[int, str]] = []
    continued = False
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not continued and (not line or line.startswith("#")):
            continue
        body = line.removesuffix("\\").strip()
        if continued:
            first, start = lines.pop()
            lines.append((first, f"{start} {body}"))
        else:
            lines.append((number, body))
        continued = line.endswith("\\")
    return lines
