"""Unpacking: what a bundle brought, checked file by file and put where builds look for it."""

import shutil
from dataclasses import replace
from pathlib import Path

from vlmhb.domain.envspec import Env
from vlmhb.domain.sizes import megabytes
from vlmhb.env.bundle import Bundle, BundledEnv
from vlmhb.env.bundled_spec import Envspecs, bundled_spec
from vlmhb.env.caller import Caller
from vlmhb.env.interpreter import find_interpreter
from vlmhb.env.lock import platform_tag
from vlmhb.env.opened import open_bundle
from vlmhb.env.specifier import lowest_version
from vlmhb.env.staging import staging_folder
from vlmhb.env.store import EnvStore
from vlmhb.env.wheel import BUILT, minor_version, read_sums, suits, write_sums
from vlmhb.errors import EnvError
from vlmhb.system.durable import sync_folder
from vlmhb.system.files import PARTIAL, sha256_of_file, storage_error


def unpack(path: Path, store: EnvStore, envspecs: Envspecs, caller: Caller) -> tuple[Env, ...]:
    """Every env of the bundle at `path`, built from it without a network.

    Envspecs that are not known, or are known and ask for something else, are placed in their home.

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
            caller.tell(f"checking {len(bundle.files)} files, {megabytes(bundle.size_bytes)}")
            opened.extract(staging)
            specs = [bundled_spec(opened, env, staging, envspecs) for env in bundle.envs]
            _check_wheels(bundle, store.root)
            # Nothing is refused from here on.
            _place_wheels(bundle, staging, store.root)
            for folder in sorted({s.folder for s in specs if not Path(s.folder).exists()}):
                place = Path(folder)
                _place_envspec(staging / "envspecs" / place.name, place)
                caller.tell(f"envspec {place.name} of this bundle is now in {place}")
        closed = replace(store, offline=True)
        return tuple(closed.ensure(spec, on_progress=caller.tell) for spec in specs)
    except OSError as error:
        instead = "set VLMHB_ENVS to a folder with more room"
        raise storage_error(f"cannot unpack {path}", error, instead=instead) from error


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


def _check_wheels(bundle: Bundle, root: Path) -> None:
    """No file of an earlier bundle would be replaced, or used in place of one of this."""
    for path in _fetched(bundle):
        _check_same(root / path, bundle.files[path].sha256)
    for folder, sha256 in _built(bundle).items():
        place = root / folder
        if not place.exists():
            continue
        if read_sums(place) != sha256:
            raise EnvError(
                "cannot keep the wheels of this bundle",
                f"{place} holds others for the same lock, built from source another time",
                expected="the same, or none: the envs that are built from them would change",
                next_step="move it away; it is needed by no env that is built already",
            )
        for name in sha256:
            _check_same(place / name, sha256[name])


def _check_same(place: Path, sha256: str) -> None:
    if place.exists() and (found := sha256_of_file(place)) != sha256:
        raise EnvError(
            "cannot keep the wheels of this bundle",
            f"{place} is another file, with sha256 {found}",
            expected=f"sha256 {sha256}",
            next_step="move it away; it is needed by no env that is built already",
        )


def _place_wheels(bundle: Bundle, staging: Path, root: Path) -> None:
    """Each file or folder with one rename; what is there already is the same."""
    (root / "wheels" / BUILT).mkdir(parents=True, exist_ok=True)
    for path in _fetched(bundle):
        (staging / path).rename(root / path)
    for folder, sha256 in _built(bundle).items():
        write_sums(staging / folder, sha256)
        if not (root / folder).exists():
            (staging / folder).rename(root / folder)
    sync_folder(root / "wheels")


def _fetched(bundle: Bundle) -> list[str]:
    """Paths of the wheels that an index has."""
    return sorted({path for env in bundle.envs for path in env.wheels})


def _built(bundle: Bundle) -> dict[str, dict[str, str]]:
    """Folder -> file name -> sha256, of the wheels that were built from source."""
    folders: dict[str, dict[str, str]] = {}
    for path in sorted({path for env in bundle.envs for path in env.built}):
        folder, _, name = path.rpartition("/")
        folders.setdefault(folder, {})[name] = bundle.files[path].sha256
    return folders


def _place_envspec(source: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    # Not beside it, where every folder is an envspec.
    partial = place.parent.parent / f".{source.name}{PARTIAL}"
    try:
        shutil.copytree(source, partial)
        partial.rename(place)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
