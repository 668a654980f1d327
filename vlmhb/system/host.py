"""Facts about this machine that explain a result."""

import os
import platform
from functools import cache
from pathlib import Path

import psutil

from vlmhb.system.process import run

GIT_TIMEOUT_S = 10.0


def host_name() -> str:
    """The name this machine gives itself."""
    return platform.node()


def usable_cores() -> int:
    """Cores this process may run on."""
    return len(os.sched_getaffinity(0))


def cpu_name() -> str:
    """The processor's name as the kernel tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def memory_gib() -> float:
    """Memory of the machine, rounded to 0.1 GiB."""
    return round(float(psutil.virtual_memory().total) / 2**30, 1)


@cache
def source_commit() -> str:
    """The commit this code was checked out from, `-dirty` when changed; empty for an install."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return ""
    words = (
        "git",
        "-C",
        str(root),
        "describe",
        "--always",
        "--dirty",
        "--abbrev=40",
        "--exclude=*",
    )
    try:
        completed = run(words, environment={"PATH": os.defpath}, cwd=root, timeout_s=GIT_TIMEOUT_S)
    except (OSError, TimeoutError):
        return ""  # no git here: the version has to do
    return completed.stdout.strip()
