"""Walls this machine could put around a worker, found out by asking the kernel."""

import ctypes
import errno
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from vlmhb.system.process import run

_LANDLOCK_CREATE_RULESET = 444
"""The same number on every processor."""
_LANDLOCK_CREATE_RULESET_VERSION = 1

_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2

_PR_SET_DUMPABLE = 4

_NOBODY = 65534
_CAP_DAC_OVERRIDE = 1
_CAP_KILL = 5
_TO_CLEAN_UP = frozenset({_CAP_DAC_OVERRIDE, _CAP_KILL})
"""Without these, processes of another user could not be ended, nor their files deleted."""
_TIMEOUT_S = 30.0

_BECOME = f"""
import os
os.setgroups([])
os.setgid({_NOBODY})
os.setuid({_NOBODY})
print(os.getuid(), os.geteuid())
"""


@dataclass(frozen=True, slots=True)
class Isolation:
    """What is to be had here."""

    switches_user: bool
    """A process started here became another user, and this one can end and clean up after it."""
    landlock: int
    """Its version: 1 restricts files, 4 TCP as well, 6 signals too; 0 when there is none."""
    landlock_problem: str
    """Why there is none."""
    seccomp: bool
    """The kernel takes filters of system calls."""


def probe_isolation() -> Isolation:
    """Ask for each wall; this process itself is left as it is."""
    version, problem = _landlock()
    return Isolation(_switches_user(), version, problem, _takes_filters())


def hide_memory() -> None:
    """Keep processes of this user from reading the memory and the environment of this one.

    Root reads them all the same. No core file of this process is written from now on, either.
    """
    zero = ctypes.c_ulong(0)
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, zero, zero, zero, zero)


def capabilities() -> frozenset[int]:
    """Numbers of those that this process has and may hand on."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return frozenset()
    words = dict(line.split(":", 1) for line in lines if line.startswith("Cap"))
    both = int(words.get("CapEff", "0"), 16) & int(words.get("CapBnd", "0"), 16)
    return frozenset(number for number in range(64) if both >> number & 1)


def _switches_user() -> bool:
    if os.geteuid() == _NOBODY or not capabilities() >= _TO_CLEAN_UP:
        return False
    words = (sys.executable, "-I", "-S", "-c", _BECOME)
    try:
        completed = run(words, environment={}, cwd=Path("/"), timeout_s=_TIMEOUT_S)
    except (OSError, TimeoutError):
        return False
    return completed.stdout.split() == [str(_NOBODY)] * 2


def _landlock() -> tuple[int, str]:
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(
        ctypes.c_long(_LANDLOCK_CREATE_RULESET),
        None,
        ctypes.c_size_t(0),
        ctypes.c_uint32(_LANDLOCK_CREATE_RULESET_VERSION),
    )
    if version > 0:
        return int(version), ""
    number = ctypes.get_errno()
    reasons = {
        errno.ENOSYS: "not in this kernel",
        errno.EOPNOTSUPP: "switched off at boot",
        errno.EPERM: "forbidden here, as by the settings of a container",
    }
    return 0, reasons.get(number, os.strerror(number))


def _takes_filters() -> bool:
    """A filter at address 0 is refused as a bad address only by a kernel that would read one."""
    libc = ctypes.CDLL(None, use_errno=True)
    zero = ctypes.c_ulong(0)
    libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_SECCOMP_MODE_FILTER), None, zero, zero)
    return ctypes.get_errno() == errno.EFAULT
