"""Who made a folder: a name for a process that says later whether it is still there."""

import hashlib
import os
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class ProcessName:
    """What tells a process from every other, on all machines and through all their restarts."""

    boot_id: str
    """Of the machine, anew at each start of it."""
    pid_namespace: int
    """Containers of one machine count their processes each for itself."""
    pid: int
    start_ticks: int

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def read(cls, told: object) -> "ProcessName | None":
        """The name that was told; None when that is none."""
        if not isinstance(told, dict):
            return None
        boot_id, *numbers = (told.get(name) for name in cls.__slots__)
        namespace, pid, ticks = (n if isinstance(n, int) else None for n in numbers)
        if not isinstance(boot_id, str) or namespace is None or pid is None or ticks is None:
            return None
        return cls(boot_id, namespace, pid, ticks)


def this_process() -> ProcessName:
    """The name of this one."""
    pid = os.getpid()
    return ProcessName(_boot_id(), _pid_namespace(), pid, _start_ticks(pid))


def is_known_dead(process: ProcessName, here: ProcessName | None = None) -> bool | None:
    """Whether the process is gone; None when it cannot be seen from `here`, this process.

    Where a kernel tells no boot or no namespace, all its machines are alike, and none is this one.
    """
    here = here or this_process()
    if not (here.boot_id and here.pid_namespace):
        return None
    if (process.boot_id, process.pid_namespace) != (here.boot_id, here.pid_namespace):
        return None
    try:
        return _start_ticks(process.pid) != process.start_ticks
    except (FileNotFoundError, ProcessLookupError):
        return True
    except OSError:
        return None


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
    return hashlib.sha256(f"{socket.gethostname()}.{_pid_namespace()}".encode()).hexdigest()[:8]


def _pid_namespace() -> int:
    namespace = Path("/proc/self/ns/pid")
    return namespace.stat().st_ino if namespace.exists() else 0


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""
