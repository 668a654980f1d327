"""Pruning: envs that nobody uses make room, whole and one at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vlmhb.env.disk import Tally, Usage
from vlmhb.env.holds import InUseError, in_use, last_used_s, unused
from vlmhb.env.index import Index
from vlmhb.env.inventory import StoredEnv, inventory
from vlmhb.env.published import NAME_DIGITS
from vlmhb.env.staging import discard, no_builder, sweep


@dataclass(frozen=True, slots=True)
class Criteria:
    """What is to go; an env goes when one of them says so."""

    unused_since_s: float | None = None
    """What nobody asked for since then, in seconds since the epoch."""
    is_wanted: Callable[[StoredEnv], bool] | None = None
    """All for which it is false."""
    budget_bytes: int | None = None
    """Those not used for the longest time, until the others' unique files fit."""


@dataclass(frozen=True, slots=True)
class Removed:
    """An env that went, or would go."""

    env: StoredEnv
    why: str
    """`age`, `unnamed` or `budget`."""
    freed_bytes: int
    """What this freed, after those that went before it."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What became of a store."""

    removed: tuple[Removed, ...]
    in_use: tuple[StoredEnv, ...]
    """They should have gone, and somebody uses them."""
    before: Usage
    after: Usage
    """Of the envs alone."""


def remove(env: StoredEnv) -> bool:
    """Delete the env; False when it was gone already.

    Raises:
        InUseError: somebody uses it.
        EnvError: the file system has no locks to tell.
    """
    with unused(env.folder, env.name) as is_there:
        if is_there:
            discard(env.folder)
        return is_there


def prune(root: Path, criteria: Criteria, *, dry_run: bool = False) -> Pruned:
    """Remove from the store below `root` what the criteria name, and what dead builders left.

    An env that is in use stays. A `dry_run` changes nothing and says what would happen.

    Raises:
        EnvError: the file system has no locks to tell what is in use.
    """
    if not dry_run:
        sweep(root)
    envs = sorted(inventory(root), key=lambda env: env.last_used_s)
    tally = Tally(env.folder for env in envs)
    before = tally.usage()
    removed, used = [], []
    for env, why in _candidates(envs, criteria, tally):
        try:
            is_gone = _would_go(env) if dry_run else _remove_if_still_unused(env)
        except InUseError:
            used.append(env)
            continue
        if is_gone:
            removed.append(Removed(env, why, tally.freed_bytes(env.folder)))
        tally.drop(env.folder)
    if not dry_run:
        _tidy(root)
    return Pruned(tuple(removed), tuple(used), before, tally.usage())


def _candidates(
    envs: list[StoredEnv], criteria: Criteria, tally: Tally
) -> Iterator[tuple[StoredEnv, str]]:
    """What is to go and why; the budget looks at what is left whenever it is asked again."""
    left = []
    for env in envs:
        if criteria.is_wanted is not None and not criteria.is_wanted(env):
            yield env, "unnamed"
        elif criteria.unused_since_s is not None and env.last_used_s < criteria.unused_since_s:
            yield env, "age"
        else:
            left.append(env)
    if criteria.budget_bytes is None:
        return
    for env in left:
        if tally.usage().unique_bytes <= criteria.budget_bytes:
            return
        yield env, "budget"


def _would_go(env: StoredEnv) -> bool:
    if in_use(env.folder):
        raise InUseError(f'cannot remove env "{env.name}"', "a run is using it")
    return True


def _remove_if_still_unused(env: StoredEnv) -> bool:
    with unused(env.folder, env.name) as is_there:
        if is_there and last_used_s(env.folder) > env.last_used_s:
            raise InUseError(f'cannot remove env "{env.name}"', "a run has just used it")
        if is_there:
            discard(env.folder)
        return is_there


def _tidy(root: Path) -> None:
    """Forget where removed envs were, and the files of locks that nobody holds."""
    index, locks = Index(root / "index"), root / "locks"
    if not locks.is_dir():
        return
    for recipe, fingerprint in index.entries().items():
        folder = root / fingerprint[:NAME_DIGITS]
        if folder.exists():
            continue
        with no_builder(locks / f"{recipe[:NAME_DIGITS]}.lock") as is_idle:
            if is_idle and not folder.exists():  # still: a builder may just have ended
                index.drop(recipe)
    for lock in locks.glob("*.lock"):
        with no_builder(lock):
            pass
