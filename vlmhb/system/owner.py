"""Who made a folder: a name for a process that says later whether it is still there."""

import os
import socket
from pathlib import Path

import psutil


def own_name() -> str:
    """`host.namespace.pid_start` of this process: a pid means something only with all the others.

    It holds no `-` after the host's name, so that one can follow it.
    """
    return _name(os.getpid())


def is_dead(owner: str) -> bool:
    """Whether the process of that name is known to be gone.

    Another machine's processes, on a shared volume, cannot be seen from here.
    """
    host, _, process = owner.rpartition(".")
    if host != own_name().rpartition(".")[0]:
        return False
    try:
        return _name(int(process.partition("_")[0])) != owner
    except (psutil.NoSuchProcess, ValueError):
        return True
    except psutil.Error:
        return False


def _name(pid: int) -> str:
    namespace = Path("/proc/self/ns/pid")
    inode = namespace.stat().st_ino if namespace.exists() else 0
    started = int(psutil.Process(pid).create_time() * 100)
    return f"{socket.gethostname()}.{inode}.{pid}_{started}"
