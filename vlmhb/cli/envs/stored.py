"""The built envs that a command names, and those that envspecs ask for."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from vlmhb.config import Kind, Library, load_variants, split_reference
from vlmhb.domain.envspec import EnvSpec
from vlmhb.env import EnvStore, StoredEnv, inventory
from vlmhb.errors import ConfigError, EnvError, UsageError, VlmhbError

_START = re.compile(r"[0-9a-f]{4,64}")


def chosen(store: EnvStore, references: Iterable[str]) -> list[StoredEnv]:
    """The built envs called so: NAME (all variants), NAME@VARIANT or the start of a fingerprint.

    A name stands for every env of that name, an outdated one as well.

    Raises:
        UsageError: there is none, or a fingerprint is too short to tell.
    """
    envs = inventory(store.root)
    found = [env for reference in references for env in _called(store, envs, reference)]
    return list({env.folder: env for env in found}.values())


def _called(store: EnvStore, envs: Iterable[StoredEnv], reference: str) -> Iterable[StoredEnv]:
    named = [env for env in envs if reference in {env.name, _envspec_of(env)}]
    if named := named or _asked_for(store, reference):
        return named
    return [with_fingerprint(envs, reference)]


def may_be_fingerprint(reference: str) -> bool:
    """Whether it is long enough to be the start of one, and of nothing but its digits."""
    return _START.fullmatch(reference) is not None


def with_fingerprint(envs: Iterable[StoredEnv], start: str) -> StoredEnv:
    """The only one of `envs` whose fingerprint starts so.

    Raises:
        UsageError: there is none, or more than one, or it is too short to tell.
    """
    known = list(envs)
    is_start = may_be_fingerprint(start)
    meant = [env for env in known if is_start and env.fingerprint.startswith(start)]
    if len(meant) == 1:
        return meant[0]
    raise UsageError(
        f'no built env is called "{start}"',
        "several fingerprints start so" if meant else "neither a name nor a fingerprint is so",
        expected=", ".join(env.label for env in meant or known) or "nothing: no env is built",
        next_step="vlmhb env list",
    )


def _asked_for(store: EnvStore, reference: str) -> list[StoredEnv]:
    """Those of an envspec that shares the env of another one."""
    try:
        return [env for spec in load_variants(reference) for env in store.built_for(spec)]
    except (ConfigError, EnvError):
        return []


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the envspecs that are known here ask for, on this machine."""

    fingerprints: frozenset[str]
    unclear: Mapping[str, str]
    """Envspec -> why it cannot be told what it asks for."""

    def __contains__(self, env: StoredEnv) -> bool:
        return (
            env.fingerprint in self.fingerprints
            or env.name in self.unclear
            or _envspec_of(env) in self.unclear
        )


def wanted(store: EnvStore, roots: Iterable[Path]) -> Wanted:
    """What the envspecs below these folders ask for."""
    fingerprints: set[str] = set()
    unclear: dict[str, str] = {}
    for name, file in _envspec_files(roots):
        try:
            specs: tuple[EnvSpec, ...] = load_variants(str(file))
        except VlmhbError as error:
            unclear[name] = str(error)
            continue
        for spec in specs:
            try:
                fingerprints.update(env.fingerprint for env in store.built_for(spec))
            except EnvError as error:
                unclear[spec.name] = str(error)
    return Wanted(frozenset(fingerprints), unclear)


def _envspec_of(env: StoredEnv) -> str:
    """The folder that its envspec was in."""
    return split_reference(env.name)[0]


def _envspec_files(roots: Iterable[Path]) -> Iterable[tuple[str, Path]]:
    for root in roots:
        library = Library((root,))
        for name in library.names(Kind.ENVSPEC):
            yield name, library.find(Kind.ENVSPEC, name)
