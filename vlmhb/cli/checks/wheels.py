"""Wheels: whether the packages of a lock are to be had."""

from pathlib import Path

from vlmhb.cli.checks.check import Check, Status
from vlmhb.domain.envspec import EnvSpec
from vlmhb.env import EnvStore
from vlmhb.env.lock import Lock
from vlmhb.env.pins import wheel_pins
from vlmhb.env.wheel import built_packages


def is_offline(store: EnvStore) -> bool:
    """Whether no network is to be tried."""
    return store.offline or store.uv.is_offline


def count_missing(spec: EnvSpec, lock: Lock, python: Path, store: EnvStore) -> int:
    """How many packages of the lock are not in uv's cache and would be fetched.

    Raises:
        EnvError: one of them is not to be had.
    """
    with wheel_pins(spec, lock) as pins:
        return store.uv.dry_run(python, pins, store.install(spec, link_mode="copy"))


def judge_wheels(name: str, spec: EnvSpec, lock: Lock, missing: int, store: EnvStore) -> Check:
    """Whether those that are missing can come from somewhere."""
    built = sorted(built_packages(spec, lock))
    note = f"; not tried, built from source: {', '.join(built)}" if built else ""
    if not missing:
        return Check(name, Status.OK, f"all are in uv's cache{note}")
    if not is_offline(store):
        return Check(name, Status.OK, f"{missing} would be downloaded{note}")
    found = f"{missing} are not in uv's cache, and no network is to be tried{note}"
    fix = f"once with a network: vlmhb env build {spec.name}"
    if "UV_FIND_LINKS" in store.uv.environment or (store.root / "wheels").is_dir():
        return Check(name, Status.WARN, f"{found}; a folder of wheels may have them", fix)
    return Check(name, Status.FAIL, found, fix)
