"""Unpacking: what a bundle brought, checked file by file and put where builds look for it."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from vlmhb.domain.envspec import Env, EnvSpec
from vlmhb.env.bundle import Bundle, BundledEnv
from vlmhb.env.caller import Caller
from vlmhb.env.interpreter import find_interpreter
from vlmhb.env.lock import lock_path, platform_tag
from vlmhb.env.opened import open_bundle
from vlmhb.env.specifier import lowest_version
from vlmhb.env.staging import staging_folder
from vlmhb.env.store import EnvStore
from vlmhb.env.wheel import minor_version, suits, write_sums
from vlmhb.errors import EnvError
from vlmhb.system.files import PARTIAL, sha256_of_file, storage_error, sync_folder

Library = Callable[[str], EnvSpec | None]
"""The envspec that NAME or NAME@VARIANT means to this user now; None when there is none."""


def unpack(
    path: Path, store: EnvStore, library: Library, home: Path, caller: Caller
) -> tuple[Env, ...]:
    """Every env of the bundle at `path`, built from it without a network.

    Envspecs that `library` does not know, or knows with another lock, are placed below `home`.

    Raises:
        EnvError: the bundle is damaged or not meant for this machine, an envspec is in its way, or
            an env cannot be built; nothing of a bundle that is refused is kept.
        StorageError: there is no room for it.
    """
    try:
        store.root.mkdir(parents=True, exist_ok=True)
        with staging_folder(store.root) as staging, open_bundle(path) as opened:
            bundle = opened.bundle
            _check_platform(path, bundle)
            for env in bundle.envs:
                _check_interpreter(env, store)
            unknown = _unknown(bundle, library, home)
            caller.tell(f"checking {len(bundle.files)} files, {bundle.size_bytes / 1e6:.0f} MB")
            opened.extract(staging)
            _place_wheels(bundle, staging, store.root / "wheels")
            for folder in unknown:
                _place_envspec(staging / "envspecs" / folder, home)
                caller.tell(f"envspec {folder} of this bundle is now in {home / folder}")
        closed = replace(store, offline=True)
        return tuple(
            closed.ensure(_spec(env, library), on_progress=caller.tell) for env in bundle.envs
        )
    except OSError as error:
        raise storage_error(f"cannot unpack {path}", error) from error


def _check_platform(path: Path, bundle: Bundle) -> None:
    if bundle.platform != platform_tag():
        raise EnvError(
            f"cannot use the bundle {path}",
            f"it was packed for {bundle.platform}, this is {platform_tag()}",
            next_step="pack it again on a machine of this kind",
        )


def _check_interpreter(env: BundledEnv, store: EnvStore) -> None:
    """This machine's first choice for the env takes the wheels that were chosen for another's."""
    lowest_version(env.python)  # refuses what uv could take for an option or a path
    here = find_interpreter(env.python, store.uv)
    names = [path.rpartition("/")[2] for path in (*env.wheels, *env.built)]
    if odd := [name for name in names if not suits(name, here)]:
        wanted = minor_version(env.interpreter)
        raise EnvError(
            f'cannot build env "{env.name}" from this bundle',
            f'it was packed for Python {wanted}; of those that fit "{env.python}" the first here '
            f"is {here.version} ({here.path}, {here.libc}), which does not take {odd[0]}"
            + (f" and {len(odd) - 1} more" if odd[1:] else ""),
            expected=_like(wanted, store),
            next_step=f"put a Python {wanted} first on PATH, or pack again where the first that "
            "fits is as here, on a system that is not newer",
        )


def _like(version: str, store: EnvStore) -> str:
    installed = [f"{found} {path}" for found, path in store.uv.installed_pythons()]
    return f"Python {version}; installed: {', '.join(installed)}"


def _unknown(bundle: Bundle, library: Library, home: Path) -> list[str]:
    """Folders of the bundle's envspecs that have to be placed."""
    folders = []
    for env in bundle.envs:
        found = _lock_sha256(library(env.name))
        if found == env.lock_sha256:
            continue
        place = home / env.folder
        if place.exists():
            raise EnvError(
                f'cannot build env "{env.name}" from this bundle',
                f"the lock of {place} has sha256 {found or 'of nothing: there is none'}",
                expected=f"the lock it was packed with, sha256 {env.lock_sha256}",
                next_step=f"move {place} away, or pack again with that envspec",
            )
        folders.append(env.folder)
    return list(dict.fromkeys(folders))


def _lock_sha256(spec: EnvSpec | None) -> str:
    path = lock_path(spec) if spec else None
    return sha256_of_file(path) if path and path.is_file() else ""


def _spec(env: BundledEnv, library: Library) -> EnvSpec:
    spec = library(env.name)
    if spec is None or spec.interpreter or _lock_sha256(spec) != env.lock_sha256:
        raise EnvError(
            f'cannot build env "{env.name}" from this bundle',
            "its envspec does not belong to its lock",
            next_step="pack again",
        )
    return spec


def _place_envspec(source: Path, home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    # Not below `home`, where every folder is an envspec.
    partial = home.parent / f".{source.name}{PARTIAL}"
    try:
        shutil.copytree(source, partial)
        partial.rename(home / source.name)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _place_wheels(bundle: Bundle, staging: Path, wheels: Path) -> None:
    """Each with one rename; what is there already is kept."""
    new = [path for path in bundle.files if path.startswith("wheels/")]
    fetched = [path for path in new if path.count("/") == 1]
    wheels.mkdir(exist_ok=True)
    for path in fetched:
        _check_same(wheels / path.rpartition("/")[2], bundle.files[path].sha256)
    for path in fetched:
        (staging / path).rename(wheels / path.rpartition("/")[2])
    for folder in sorted({path.rpartition("/")[0] for path in new if path not in fetched}):
        files = {path for path in new if path.startswith(f"{folder}/")}
        sums = {path.rpartition("/")[2]: bundle.files[path].sha256 for path in files}
        write_sums(staging / folder, sums)
        place = wheels.parent / folder
        place.parent.mkdir(exist_ok=True)
        if not place.exists():
            (staging / folder).rename(place)
    sync_folder(wheels)


def _check_same(place: Path, sha256: str) -> None:
    if place.exists() and (found := sha256_of_file(place)) != sha256:
        raise EnvError(
            "cannot keep the wheels of this bundle",
            f"{place} is another file, with sha256 {found}",
            expected=f"sha256 {sha256}",
            next_step="move it away; it is needed by no env that is built already",
        )
