"""What `vlmhb env diff` compares: locks, built envs, and the envs of runs."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from vlmhb.cli.envs.stored import may_be_fingerprint, with_fingerprint
from vlmhb.config import Kind, Library, load_envspec, load_variants
from vlmhb.env import EnvStore, Side, inventory, lock_path, release_dates
from vlmhb.env.published import as_env
from vlmhb.errors import ConfigError, EnvError, UsageError
from vlmhb.store import RunManifest, find_run, read_manifest


def side_of(reference: str, store: EnvStore) -> Side:
    """The env meant by NAME, NAME@VARIANT, the start of a fingerprint, RUN, or RUN:MODEL.

    Raises:
        UsageError: nothing is called so, or more than one env.
        EnvError: it is an envspec without a usable lock, or a built env that cannot be read.
    """
    folder, _, part = reference.rpartition(":")
    if _is_run(reference):
        return _of_run(read_manifest(find_run(Path(reference)).manifest), "", reference)
    if folder and _is_run(folder):
        return _of_run(read_manifest(find_run(Path(folder)).manifest), part, folder)
    if may_be_fingerprint(reference) and reference not in _known_names():
        return _built(reference, store)
    return Side.of_spec(load_envspec(reference))


def days_in_locks() -> Mapping[str, str]:
    """`name==version` -> the day it was released, as far as any lock that is known here tells."""
    days: dict[str, str] = {}
    for name in _known_names():
        # A broken envspec, or one without a lock here, is no reason to compare nothing.
        with suppress(ConfigError, OSError):
            for spec in load_variants(name):
                days.update(release_dates(lock_path(spec).read_bytes()))
    return days


def _known_names() -> tuple[str, ...]:
    return Library.standard(Path.cwd()).names(Kind.ENVSPEC)


def _is_run(path: str) -> bool:
    return (Path(path) / "run.json").is_file()


def _built(start: str, store: EnvStore) -> Side:
    stored = with_fingerprint(inventory(store.root), start)
    if stored.facts is None:
        raise EnvError(
            f"cannot tell what the env {stored.label} holds",
            "its env.json cannot be read",
            next_step=f"vlmhb env remove {stored.fingerprint[:12]}",
        )
    return Side.of_env(as_env(stored.published, stored.facts, None), with_variables=False)


def _of_run(manifest: RunManifest, part: str, folder: str) -> Side:
    """The env that the model `part` had last, or whose fingerprint starts so; else the only one."""
    starts = [start for segment in manifest.segments for start in segment.workers]
    used = dict.fromkeys(start.env for start in starts)
    of_model = [start.env for start in starts if start.model == part]
    meant = of_model[-1:] or [env for env in used if env.startswith(part)]
    if len(meant) == 1:
        return Side.of_env(manifest.envs[meant[0]])
    choices = dict.fromkeys(f"{folder}:{start.model}" for start in starts)
    raise UsageError(
        f'cannot tell which env of the run {folder} is meant by "{part}"'
        if part
        else f"cannot tell which env of the run {folder} is meant",
        f"it has {len(used)} envs" if used else "no model was loaded in it",
        expected=" or ".join(choices) or "a run in which a model was loaded",
        next_step="name one of its models after a colon" if used else "run it first",
    )
