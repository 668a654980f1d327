"""What the walls around a worker are to be, for the process that puts them up."""

import json
import os
import platform
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import IO

CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
TRUNCATE, IOCTL_DEV = 1 << 14, 1 << 15
FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
"""Those that a rule for a file may name; all others are for folders."""
READ = EXECUTE | READ_FILE | READ_DIR
DEVICE = WRITE_FILE | READ_FILE | READ_DIR | IOCTL_DEV
STATE = READ | WRITE_FILE

_FIRST_RIGHTS = (1 << 13) - 1
_RIGHTS_SINCE = {2: 1 << 13, 3: TRUNCATE, 5: IOCTL_DEV}
TRUNCATE_SINCE = 3
TCP_SINCE = 4
SCOPES_SINCE = 6
_BIND_AND_CONNECT = 0b11
_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11

SYSTEM = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/nix/store",
    "/proc",
    "/sys",
    "/run/nvidia-persistenced",
    "/run/nvidia-fabricmanager",
    "/var/lib/dbus/machine-id",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/ld.so.preload",
    "/etc/alternatives",
    "/etc/ssl",
    "/etc/pki",
    "/etc/ca-certificates",
    "/etc/ca-certificates.conf",
    "/etc/crypto-policies",
    "/etc/fonts",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/locale.alias",
    "/etc/locale.conf",
    "/etc/default/locale",
    "/etc/passwd",
    "/etc/group",
    "/etc/nsswitch.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/resolv.conf",
    "/etc/gai.conf",
    "/etc/protocols",
    "/etc/services",
    "/etc/os-release",
    "/etc/lsb-release",
    "/etc/debian_version",
    "/etc/redhat-release",
    "/etc/mime.types",
    "/etc/magic",
    "/etc/OpenCL",
    "/etc/vulkan",
    "/etc/nvidia",
    "/etc/nccl.conf",
    "/etc/python3",
    "/etc/python3.10",
    "/etc/python3.11",
    "/etc/python3.12",
]
"""What programs read of a Linux system; of /etc what holds no secret."""

DEVICES = [
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/nvidiactl",
    "/dev/nvidia-uvm",
    "/dev/nvidia-uvm-tools",
    "/dev/nvidia-modeset",
    "/dev/nvidia-caps",
    "/dev/nvidia-caps-imex-channels",
    "/dev/nvidia-nvswitchctl",
    "/dev/dri",
]
"""Beside /dev/nvidia0 and on."""

SHARED_MEMORY = "/dev/shm"  # noqa: S108 - where the C library looks for it, whatever TMPDIR is

PROCESSES = "/proc"
OWN_THREADS = "/proc/self/task"
"""Of the process that becomes the worker. NVIDIA's driver names its threads there since version
570, and cannot start without it."""

LIMITS = {"CORE": 0, "FSIZE": 1 << 38}
"""A file of 256 GiB is no model's scratch."""
OWN_USER_LIMITS = {"NPROC": 8192}
"""Counted by user: with the host's own, its other processes and threads would count."""

PARTS_OF_A_PREFIX = ("bin", "lib", "lib64", "lib32", "include", "share", "etc", "ssl", "libexec")
"""Below what a Python is installed to, which may be somebody's home."""


class Network(str, Enum):
    """How far a worker reaches."""

    NONE = "none"
    LOOPBACK = "loopback"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Walls:
    """One way of holding a worker."""

    level: int
    uid: int | None = None
    """The user it becomes; None leaves it the host's, without capabilities."""
    capability: int | None = None
    """The only one it keeps: to get past folders that are closed to its user. Only where the
    kernel says by other means which files it may reach."""
    landlock: int = 0
    """The version of Landlock to use; 0 for none."""
    network: Network = Network.OPEN

    @property
    def user(self) -> str:
        """Whose rights the worker has, for people."""
        if self.uid is None:
            return "the host's, without capabilities"
        if self.capability is None:
            return "its own"
        return "its own, past closed folders"


def spec_of(
    walls: Walls,
    argv: Sequence[str],
    environment: Mapping[str, str],
    scratch: Path,
    readable: Iterable[str],
) -> dict[str, object]:
    """What the process that puts up the walls is told."""
    limits = LIMITS if walls.uid is None else {**LIMITS, **OWN_USER_LIMITS}
    return {
        "argv": list(argv),
        "env": dict(environment),
        "uid": walls.uid,
        "capability": walls.capability,
        "limits": limits,
        "network": walls.network.value,
        "drops": walls.level > 0,
        "seccomp": walls.level > 1,
        "groups": [os.getpgid(0)],
        "landlock": _landlock(walls, scratch, readable) if walls.landlock else None,
    }


def rights(version: int) -> int:
    """Every right to files that this version of Landlock can take away."""
    return _FIRST_RIGHTS | sum(bit for since, bit in _RIGHTS_SINCE.items() if since <= version)


def rules(walls: Walls, scratch: Path, readable: Iterable[str]) -> list[tuple[str, int]]:
    """(path, rights) of everything that is not closed."""
    handled = rights(walls.landlock)
    found = dict.fromkeys((*SYSTEM, *readable), READ)
    found[OWN_THREADS] = STATE
    if walls.uid is not None and walls.capability != CAP_DAC_OVERRIDE:
        # So that the worker's own processes may do it, too. This user owns nothing else there;
        # root would own the settings of the kernel.
        found[PROCESSES] = STATE
    for device in (*DEVICES, *_gpus()):
        found[device] = DEVICE
    found[SHARED_MEMORY] = handled & ~EXECUTE
    found[str(scratch)] = handled
    return [
        (path, rights & handled if Path(path).is_dir() else rights & handled & FILE_RIGHTS)
        for path, rights in found.items()
        if Path(path).exists()
    ]


def interpreter_paths(python: str) -> tuple[str, ...]:
    """What has to be readable for the Python of a venv, or any other, to run."""
    link = Path(python)
    venv = link.parent.parent
    prefix = link.resolve().parent.parent
    # Links on the way, as uv makes them for each minor version.
    between = Path(os.path.normpath(link.parent / link.readlink())) if link.is_symlink() else link
    found = [venv] if (venv / "pyvenv.cfg").is_file() else _parts(venv)
    return tuple(
        dict.fromkeys(
            str(path) for path in (*found, *_parts(prefix), *_parts(between.parent.parent))
        )
    )


def as_open_file(spec: Mapping[str, object]) -> IO[bytes]:
    """The spec in a file without a name, to be handed on."""
    content = json.dumps(spec).encode()
    file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - the caller closes it
    try:
        while content:
            content = content[file.write(content) :]
    except BaseException:
        file.close()
        raise
    return file


def machine() -> str:
    """As the numbers of system calls go by."""
    return platform.machine()


def _landlock(walls: Walls, scratch: Path, readable: Iterable[str]) -> dict[str, object]:
    version = walls.landlock
    return {
        "files": rights(version),
        "tcp": _BIND_AND_CONNECT if walls.network is Network.NONE else 0,
        "scopes": _ABSTRACT_SOCKETS_AND_SIGNALS,
        "words": 1 if version < TCP_SINCE else 2 if version < SCOPES_SINCE else 3,
        "rules": rules(walls, scratch, readable),
    }


def _parts(prefix: Path) -> list[Path]:
    return [path for part in PARTS_OF_A_PREFIX if (path := prefix / part).exists()]


def _gpus() -> list[str]:
    return [str(path) for path in Path("/dev").glob("nvidia[0-9]*")]
