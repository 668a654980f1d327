"""Room for an env that is not built yet: an estimate, and what is said of it."""

from vlmhb.cli.checks.check import Check, Status
from vlmhb.domain.envspec import EnvSpec
from vlmhb.domain.sizes import gib

GPU_ENV_BYTES = 8 << 30
CPU_ENV_BYTES = 2 << 30
LINKED_ENV_BYTES = 256 << 20
"""Bytecode and folders of an env whose files are in uv's cache already."""


def estimate(spec: EnvSpec, *, linked: bool) -> int:
    """The bytes that building takes; `linked` when all files are in the cache and stay there."""
    if linked:
        return LINKED_ENV_BYTES
    return CPU_ENV_BYTES if spec.variant in {"", "cpu"} else GPU_ENV_BYTES


def judge_room(name: str, free_bytes: int, needed_bytes: int) -> Check:
    """A warning below the estimate, a failure below half of it: it is no more than an estimate."""
    found = f"{gib(free_bytes)} free, estimated need {gib(needed_bytes)}"
    fix = "free space, or set VLMHB_ENVS and UV_CACHE_DIR to a larger disk"
    if free_bytes < needed_bytes / 2:
        return Check(name, Status.FAIL, found, fix)
    if free_bytes < needed_bytes:
        return Check(name, Status.WARN, found, fix)
    return Check(name, Status.OK, found)
