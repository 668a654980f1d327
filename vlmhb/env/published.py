"""Published envs: a folder in the store that appeared whole, by one rename."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from vlmhb.domain.envspec import Env, EnvSpec, Interpreter, Packages
from vlmhb.env.manifest import Manifest

_FORMAT = 4

NAME_DIGITS = 24
"""Of a digest, in the names of folders and locks."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an env beside its files: the contents of `env.json`."""

    name: str
    """Of the spec it was built for; another spec that asks for the same shares it."""
    fingerprint: str
    interpreter: Interpreter
    lock_sha256: str
    packages: Packages
    inherited: Packages
    """What the venv sees of its base interpreter's packages."""
    locked: bool
    uv_version: str
    built_at: str
    """UTC, to the second."""
    build_s: float
    size_bytes: int
    unique_bytes: int
    """What it took on disk when it was built: files without another name in uv's cache."""
    link_mode: str
    """`hardlink` or `copy`: how files came from uv's cache."""
    platform: str
    variant: str
    overlay: tuple[tuple[str, str], ...]
    """(path in site-packages, sha256), sorted."""
    released: Mapping[str, str]
    """`name==version` -> the day it was released, as far as the lock tells."""
    commits: Mapping[str, str]
    """Package -> commit, of those that came from git."""
    built_elsewhere: tuple[tuple[str, str], ...]
    """(package, sha256 of its wheel) of what a bundle brought built from source."""


@dataclass(frozen=True, slots=True)
class PublishedEnv:
    """The folder of one env: `venv/`, and what the host knows about it, beside it."""

    folder: Path

    @property
    def venv(self) -> Path:
        """The venv itself, the only part a worker is shown."""
        return self.folder / "venv"

    def write(self, facts: Facts, manifest: Manifest, lock: bytes) -> None:
        """Put down what is known, in a folder that nobody sees yet.

        Not flushed: what a power cut takes of it cannot be read afterwards or does not fit the
        venv, and then the env is built again.
        """
        content = json.dumps({"format": _FORMAT, **asdict(facts)}, indent=1)
        (self.folder / "lock.txt").write_bytes(lock)
        (self.folder / "manifest.json").write_bytes(manifest.to_json())
        (self.folder / "env.json").write_bytes(content.encode("ascii"))

    def facts(self) -> Facts | None:
        """What `write` put down; None when it is not there or not readable."""
        try:
            fields = json.loads((self.folder / "env.json").read_bytes())
            if fields.pop("format") != _FORMAT:
                return None
            fields["interpreter"] = Interpreter(**fields["interpreter"])
            for column in ("packages", "inherited", "overlay", "built_elsewhere"):
                fields[column] = tuple((name, value) for name, value in fields[column])
            return Facts(**fields)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None

    def differences(self, *, in_full: bool = False) -> tuple[str, ...]:
        """What is not as it was built; names, sizes and times alone unless `in_full`."""
        try:
            manifest = Manifest.from_json((self.folder / "manifest.json").read_bytes())
        except (OSError, ValueError):
            return ("missing: manifest.json",)
        if not self.venv.is_dir():
            return ("missing: venv",)
        if in_full:
            return manifest.differences_in_full(self.venv)
        return manifest.differences(self.venv)


def as_env(published: PublishedEnv, facts: Facts, spec: EnvSpec | None) -> Env:
    """The env as the rest of the product sees it; `spec` gives the worker's variables."""
    return Env(
        name=spec.name if spec else facts.name,
        fingerprint=facts.fingerprint,
        python=str(published.venv / "bin" / "python"),
        interpreter=facts.interpreter,
        lock_sha256=facts.lock_sha256,
        packages=facts.packages,
        build_s=facts.build_s,
        size_bytes=facts.size_bytes,
        variables=dict(spec.variables) if spec else {},
        network=spec.network if spec else False,
        locked=facts.locked,
        inherited=facts.inherited,
        platform=facts.platform,
        variant=facts.variant,
        overlay=facts.overlay,
        released=facts.released,
        commits=facts.commits,
        built_elsewhere=facts.built_elsewhere,
    )
