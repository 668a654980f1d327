"""Files that two names or two processes share: links and locks."""

from collections.abc import Iterator
from pathlib import Path

from vlmhb.cli.checks.check import Check, Status
from vlmhb.env import can_hardlink
from vlmhb.system.mounts import nearest_folder
from vlmhb.system.volume import Locks, can_reflink, try_locks


def links(cache: Path, envs: Path) -> Iterator[Check]:
    """How files come from uv's cache into an env, and what that costs on disk."""
    source, target = nearest_folder(cache), nearest_folder(envs)
    if can_hardlink(source, target):
        yield Check(
            "hardlinks",
            Status.OK,
            "link mode hardlink: envs share their files with uv's cache, an env costs a few MB "
            "more than the cache holds already",
        )
    else:
        yield Check(
            "hardlinks",
            Status.WARN,
            f"link mode copy: no hardlink from {cache} to {envs}; every env costs its whole size "
            "once more, and building it takes 2 to 4 times as long",
            "put UV_CACHE_DIR and VLMHB_ENVS on one local file system",
        )
    shared = "possible" if can_reflink(source, target) else "not possible here"
    yield Check("reflinks", Status.OK, f"{shared}; envs do not need them")


def env_locks(envs: Path) -> Iterator[Check]:
    """Whether one builder can keep others waiting."""
    yield judge_locks(
        "envs",
        try_locks(nearest_folder(envs)),
        lost="two runs may build one env at the same time; one of the results is used",
        needed=False,
    )


def run_locks(runs: Path) -> Iterator[Check]:
    """Whether a run folder can be kept for one process."""
    yield judge_locks(
        "runs",
        try_locks(nearest_folder(runs)),
        lost="two processes may write one run folder unnoticed",
        needed=True,
    )


def judge_locks(kind: str, locks: Locks, *, lost: str, needed: bool) -> Check:
    """What a file system's locks are worth; `needed` when nothing works where they are refused."""
    name = f"locks {kind}"
    fix = f"set VLMHB_{kind.upper()} to a local disk"
    if locks is Locks.WORK:
        return Check(name, Status.OK, "a lock kept another process out, and let it in afterwards")
    if locks is Locks.NO_EFFECT:
        found = f"locks have no effect on this file system: {lost}"
        return Check(name, Status.WARN, found, f"{fix}, or never start two runs on one folder")
    if locks is Locks.STUCK:
        return Check(name, Status.FAIL, "a lock stayed held after it was let go", fix)
    if needed:
        return Check(name, Status.FAIL, "this file system has no locks", fix)
    return Check(name, Status.WARN, f"this file system has no locks: {lost}", fix)
