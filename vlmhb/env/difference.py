"""Differences between two envs: what may explain that their results differ."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from vlmhb.domain.digest import sha256_of
from vlmhb.domain.envspec import Env, EnvSpec
from vlmhb.env.fingerprint import overlay_digests
from vlmhb.env.inspection import inspect_lent
from vlmhb.env.lock import git_commits, platform_tag, read_lock, release_dates

_PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)

_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Side:
    """An env, built or only locked, as far as it is known."""

    facts: Mapping[str, str]
    """By what they are about; what nobody knows is not in it."""
    packages: Mapping[str, str]
    """Name -> version, or commit."""
    released: Mapping[str, str]
    """`name==version` -> day."""

    @classmethod
    def of_env(cls, env: Env, *, with_variables: bool = True) -> "Side":
        """An env that was built, or lent."""
        python = env.interpreter
        packages = {**dict(env.inherited), **dict(env.packages)}
        facts = {
            "envspec": env.name,
            "fingerprint": env.fingerprint,
            "locked": "yes" if env.locked else "no",
            "python": python.version,
            "python build": " ".join(python.build.split()),
            "libc": python.libc,
            "platform": env.platform,
            "variant": env.variant or "none",
            "torch build": _torch_build(packages),
            "overlay": _overlay(env.overlay),
            "variables": _variables(env.variables) if with_variables else "",
            "lock sha256": env.lock_sha256 or "none",
        }
        known = {about: value for about, value in facts.items() if value}
        return cls(known, {**packages, **_commits(env.commits)}, env.released)

    @classmethod
    def of_spec(cls, spec: EnvSpec) -> "Side":
        """What a spec's lock for this machine names, or what the env holds that it lends.

        Raises:
            EnvError: there is no usable lock, or that env cannot be asked.
        """
        if spec.interpreter:
            return cls._lent(spec)
        lock = read_lock(spec)
        packages: dict[str, str] = {}
        for name, version in _PIN.findall(lock.text):
            # Under different conditions one package may have several versions.
            packages[name] = f"{packages[name]} or {version}" if name in packages else version
        facts = {
            "envspec": spec.name,
            "locked": "yes" if spec.locked else "no",
            "python asked for": spec.python,
            "platform": platform_tag(),
            "variant": spec.variant or "none",
            "torch build": _torch_build(packages),
            "overlay": _overlay(overlay_digests(spec)),
            "variables": _variables(spec.variables),
            "lock sha256": lock.sha256,
        }
        packages.update(_commits(git_commits(lock.content)))
        return cls(facts, packages, release_dates(lock.content))

    @classmethod
    def _lent(cls, spec: EnvSpec) -> "Side":
        found = inspect_lent(spec)
        return cls.of_env(
            Env(
                name=spec.name,
                fingerprint="",
                python=spec.interpreter,
                interpreter=found.interpreter,
                lock_sha256="",
                packages=found.packages,
                build_s=0.0,
                size_bytes=0,
                variables=spec.variables,
                locked=False,
                platform=platform_tag(),
            )
        )


@dataclass(frozen=True, slots=True)
class Change:
    """A package that is not the same on both sides."""

    name: str
    before: str
    """Version; empty where the package is not there."""
    after: str
    released: str
    """Day of the newer of the two versions; empty when nobody knows."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What two sides have in common and what not."""

    facts: tuple[tuple[str, str, str], ...]
    """(about, of the first, of the second); empty where that side does not know."""
    changes: tuple[Change, ...]
    """Newest first, unknown days last: what was released last is the first to suspect."""
    same: int
    """Packages of one version on both sides."""


def difference(before: Side, after: Side, days: Mapping[str, str]) -> Difference:
    """What differs; `days` are more release days, by `name==version`."""
    known = {**days, **before.released, **after.released}
    names = sorted(before.packages.keys() | after.packages.keys())
    pairs = [(name, before.packages.get(name, ""), after.packages.get(name, "")) for name in names]
    changes = [
        Change(name, one, other, known.get(f"{name}=={_newer(one, other)}", ""))
        for name, one, other in pairs
        if one != other
    ]
    newest_first = sorted(changes, key=lambda change: change.released, reverse=True)
    about = dict.fromkeys((*before.facts, *after.facts))
    return Difference(
        facts=tuple((key, before.facts.get(key, ""), after.facts.get(key, "")) for key in about),
        changes=tuple(newest_first),
        same=len(pairs) - len(changes),
    )


def _newer(one: str, other: str) -> str:
    try:
        return max((version for version in (one, other) if version), key=Version)
    except InvalidVersion:
        return other or one


def _torch_build(packages: Mapping[str, str]) -> str:
    version = packages.get("torch")
    if version is None:
        return "none"
    return version.partition("+")[2] or "of the index"


def _overlay(files: tuple[tuple[str, str], ...]) -> str:
    if not files:
        return "none"
    count = "1 file" if len(files) == 1 else f"{len(files)} files"
    return f"{count}, sha256 {sha256_of(files)[:_DIGITS]}"


def _variables(variables: Mapping[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in sorted(variables.items())) or "none"


def _commits(commits: Mapping[str, str]) -> dict[str, str]:
    return {name: f"git {commit[:_DIGITS]}" for name, commit in commits.items()}
