"""Locks: the exact files an env is made of, named by their sha256 and never by an address."""

import hashlib
import json
import platform
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from vlmhb.domain.digest import sha256_of
from vlmhb.domain.envspec import EnvSpec
from vlmhb.env.specifier import as_marker, lowest_version
from vlmhb.env.uv import Uv
from vlmhb.errors import EnvError
from vlmhb.system.files import write_atomic

WORKER_REQUIREMENT = "msgpack"
"""What the worker needs in every env."""

_SPEC_LINE = "# envspec-sha256: "

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


def platform_tag() -> str:
    """What a lock of this machine is named by, e.g. `linux-x86_64`."""
    return f"{sys.platform}-{platform.machine()}"


def lock_path(spec: EnvSpec) -> Path:
    """Where the spec's lock for this machine belongs."""
    return Path(spec.folder) / f"{platform_tag()}.lock"


def read_lock(spec: EnvSpec) -> Lock:
    """The spec's lock for this machine.

    Raises:
        EnvError: there is none, it is older than the spec, or a line of it names no exact file.
    """
    path = lock_path(spec)
    again = f"vlmhb env lock {spec.name}"
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise EnvError(
            f'env "{spec.name}" has no lock for {platform_tag()}',
            f"{path} does not exist",
            next_step=f"write it on a machine with a network: {again}",
        ) from error
    text = content.decode("utf-8", "backslashreplace")
    if f"{_SPEC_LINE}{spec_sha256(spec)}" not in text.splitlines():
        raise EnvError(
            f'cannot use the lock of env "{spec.name}"',
            f"{path} was written for another envspec.yaml",
            expected="a lock made from this python, requirements, overrides and torch variant",
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
        EnvError: the requirements cannot be met, or a file has no hash.
    """
    path = lock_path(spec)
    with tempfile.TemporaryDirectory(prefix="vlmhb-lock-") as name:
        project = Path(name)
        (project / "pyproject.toml").write_text(_project(spec), encoding="utf-8")
        resolved = project / "resolved.txt"
        if path.exists():
            resolved.write_bytes(path.read_bytes())
        uv.compile(
            project,
            resolved,
            python=lowest_version(spec.python),
            torch=spec.torch,
            upgrade=upgrade,
        )
        pins = resolved.read_text(encoding="utf-8")
    if problems := _unsound_lines(pins):
        raise EnvError(
            f'cannot lock env "{spec.name}"',
            "\n".join(problem for _, problem in problems),
            expected="packages from an index, each with the sha256 of its files",
            next_step="replace addresses and paths in envspec.yaml by released versions",
        )
    header = f"# Written by `vlmhb env lock {spec.name}` with uv {uv.version}.\n"
    write_atomic(path, f"{header}{_SPEC_LINE}{spec_sha256(spec)}\n{pins}".encode())
    return path


def spec_sha256(spec: EnvSpec) -> str:
    """A name for what was asked of the resolver; a lock carries it to show what it answers."""
    return sha256_of(
        {
            "requirements": sorted(spec.requirements),
            "overrides": sorted(spec.overrides),
            "python": spec.python,
            "torch": spec.torch,
        }
    )


def _project(spec: EnvSpec) -> str:
    """The question to the resolver, as the project it can read with all its conditions.

    Only `environments` bounds a resolution to one platform and to a highest Python.
    """
    where = (
        f"sys_platform == '{sys.platform}' and platform_machine == '{platform.machine()}'"
        f" and {as_marker(spec.python)}"
    )
    # A JSON string of plain text is a TOML string as well.
    return "\n".join(
        (
            "[project]",
            'name = "env"',
            'version = "0"',
            f"requires-python = {json.dumps(spec.python)}",
            f"dependencies = {json.dumps([*spec.requirements, WORKER_REQUIREMENT])}",
            "[tool.uv]",
            f"environments = [{json.dumps(where)}]",
            f"override-dependencies = {json.dumps(list(spec.overrides))}",
            "",
        )
    )


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
