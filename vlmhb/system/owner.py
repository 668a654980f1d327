"""Who made a folder: a name for a process that says later whether it is still there."""

import hashlib
import os
import socket
from pathlib import Path


def own_name() -> str:
    """`place.pid_start` of this process: a pid means something only where and when it was given.

    It holds no `-`, so that one can follow it. It is short, because sockets below a folder with it
    in its name must not have paths of more than 107 characters.
    """
    return _name(os.getpid())


def is_dead(owner: str) -> bool:
    """Whether the process of that name is known to be gone.

    Another machine's processes, on a shared volume, cannot be seen from here.
    """
    place, _, process = owner.partition(".")
    if place != _place():
        return False
    try:
        return _name(int(process.partition("_")[0])) != owner
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return True
    except OSError:
        return False


def _name(pid: int) -> str:
    return f"{_place()}.{pid}_{_start_ticks(pid)}"


def _start_ticks(pid: int) -> int:
    """When the process started, counted from the boot: the time of day moves when it is set."""
    after_name = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    return int(after_name[19])


def _place() -> str:
    """8 hex digits for this machine and its namespace of pids."""
    namespace = Path("/proc/self/ns/pid")
    inode = namespace.stat().st_ino if namespace.exists() else 0
    return hashlib.sha256(f"{socket.gethostname()}.{inode}".encode()).hexdigest()[:8]
