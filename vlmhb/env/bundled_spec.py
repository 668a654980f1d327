"""Bundled specs: the envspecs of a bundle, held against its wheels and against those known here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from vlmhb.domain.envspec import EnvSpec
from vlmhb.env.bundle import Bundle, BundledEnv, refused
from vlmhb.env.fingerprint import overlay_digests
from vlmhb.env.lock import Lock, lock_path, read_lock
from vlmhb.env.opened import OpenedBundle
from vlmhb.env.wheel import built_packages, odd_among
from vlmhb.errors import ConfigError, EnvError
from vlmhb.system.files import sha256_of_file


@dataclass(frozen=True, slots=True)
class Envspecs:
    """Those of the user who unpacks."""

    known: Callable[[str], EnvSpec | None]
    """What NAME or NAME@VARIANT means now; None when there is none."""
    read: Callable[[Path], Sequence[EnvSpec]]
    """Every variant of the envspec in a file."""
    home: Path
    """The folder for new ones."""


def bundled_spec(
    opened: OpenedBundle, env: BundledEnv, staging: Path, envspecs: Envspecs
) -> EnvSpec:
    """The envspec to build `env` from: one that is known, or the bundle's at its new place.

    Raises:
        EnvError: the bundle's, extracted to `staging`, is not the one that its lock and its wheels
            belong to, or another is in its way.
    """
    described = _described(opened, env, staging, envspecs)
    known = envspecs.known(env.name)
    other = _differences(known, described) if known else ["its name"]
    if known and not other:
        return known
    place = envspecs.home.resolve() / env.folder
    if not place.exists():
        return replace(described, folder=str(place))
    raise EnvError(
        f'cannot build env "{env.name}" from this bundle',
        f"{place} is another envspec; not the same: {', '.join(other)}",
        expected=f"the one it was packed with, whose lock has sha256 {env.lock_sha256}",
        next_step=f"move {place} away, or pack again with that envspec",
    )


def _described(opened: OpenedBundle, env: BundledEnv, staging: Path, envspecs: Envspecs) -> EnvSpec:
    """The bundle's own envspec."""
    shown = str(opened.path)
    file = staging / "envspecs" / env.folder / "envspec.yaml"
    try:
        spec = next((spec for spec in envspecs.read(file) if spec.name == env.name), None)
    except ConfigError as error:
        raise refused(shown, f"the envspec of {env.name}: {error.issues[0]}") from error
    if (
        spec is None
        or (spec.interpreter, spec.python) != ("", env.python)
        or lock_path(spec).name != env.lock.rpartition("/")[2]
    ):
        raise refused(shown, f"the envspec of {env.name} does not belong to its lock")
    try:
        lock = read_lock(spec)
        overlay_digests(spec)
    except EnvError as error:
        raise refused(shown, f"the envspec of {env.name}: {error.got}") from error
    if problem := _odd_wheels(opened.bundle, env, spec, lock):
        raise refused(shown, f"{env.name}: {problem}")
    return spec


def _odd_wheels(bundle: Bundle, env: BundledEnv, spec: EnvSpec, lock: Lock) -> str:
    """What wheel is not one that the lock names, or that the envspec has built from source."""
    built = built_packages(spec, lock)
    pins = lock.pins_without(built)
    for path in env.wheels:
        if f"--hash=sha256:{bundle.files[path].sha256}" not in pins:
            return f"{path} is not in its lock"
    return odd_among([path.rpartition("/")[2] for path in env.built], built)


def _differences(known: EnvSpec, described: EnvSpec) -> list[str]:
    """What is not the same of all that a build or a worker depends on."""
    names = {field.name for field in fields(EnvSpec)} - {"folder", "notes", "overlay", "build"}
    found = [name for name in sorted(names) if getattr(known, name) != getattr(described, name)]
    if known.build.keys() != described.build.keys():
        found.append("build")
    if overlay_digests(known) != overlay_digests(described):
        found.append("overlay")
    lock = _lock_sha256(known)
    if lock != _lock_sha256(described):
        found.append(f"lock, with sha256 {lock}" if lock else "lock: there is none")
    return found


def _lock_sha256(spec: EnvSpec) -> str:
    path = lock_path(spec)
    return sha256_of_file(path) if path.is_file() else ""
