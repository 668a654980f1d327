"""Facts about this machine that explain a result."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Hardware:
    """What the workers run on."""

    cpu: str
    cores: int
    memory_gib: float
    gpus: tuple[str, ...]
    """Names, one per card."""
    driver: str
    """NVIDIA driver version, empty without one."""


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
