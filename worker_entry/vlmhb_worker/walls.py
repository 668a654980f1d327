"""The walls around a worker, put up by a process that then becomes it.

Runs in the host's own Python without its site-packages, in a process with one thread, and imports
nothing of an env: code of an env begins to run when the walls stand. Whatever cannot be put up ends
the process.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import struct

from vlmhb_worker import seccomp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn, Sequence

EXIT_NO_WALLS = 72

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
PR_CAP_AMBIENT_CLEAR_ALL = 4
SECCOMP_MODE_FILTER = 2
SECCOMP_SET_MODE_FILTER = 1
SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4
SECCOMP = {"x86_64": 317, "aarch64": 277}
SIGKILL = 9

CAPABILITY_VERSION_3 = 0x20080522
LAST_CAPABILITY = 63

LANDLOCK_CREATE_RULESET = 444
LANDLOCK_ADD_RULE = 445
LANDLOCK_RESTRICT_SELF = 446
PATH_BENEATH = 1

CLONE_NEWNET = 0x40000000
SIOCGIFFLAGS = 0x8913
SIOCSIFFLAGS = 0x8914
IFF_UP = 1

Spec = "Dict[str, Any]"
"""What the host asks for, as `vlmhb.worker.walls` writes it."""

_libc = ctypes.CDLL(None, use_errno=True)


def read_spec(fd: int) -> dict[str, Any]:
    """What the host left in the open file `fd`, which is closed."""
    with os.fdopen(fd, "rb") as file:
        file.seek(0)
        found: dict[str, Any] = json.load(file)
    return found


def become(spec: dict[str, Any], host_pid: int, guard_pid: int, kept: Sequence[int]) -> NoReturn:
    """Put up the walls and go on as the program that the spec names.

    `kept` are the open files that it gets beside 0, 1 and 2; their numbers are its last arguments,
    after the guard's.
    """
    try:
        _close_others(kept)
        ruleset = _landlock_ruleset(spec["landlock"]) if spec["landlock"] else -1
        if spec["network"] == "loopback":
            _take_own_network()
        _set_limits(spec["limits"])
        if spec["drops"]:
            _become_user(spec["uid"], spec["capability"])
        _prctl(PR_SET_PDEATHSIG, SIGKILL)  # which changing the user cleared
        if os.getppid() != guard_pid:
            os._exit(EXIT_NO_WALLS)
        _prctl(PR_SET_NO_NEW_PRIVS, 1)
        if ruleset >= 0:
            _syscall(LANDLOCK_RESTRICT_SELF, ruleset, 0)
            os.close(ruleset)
        if spec["seccomp"]:
            _filter_calls(spec, host_pid, guard_pid)
        for fd in kept:
            os.set_inheritable(fd, True)  # noqa: FBT003 - it takes no keywords
        words = [*spec["argv"], str(guard_pid), *(str(fd) for fd in kept)]
        os.execve(words[0], words, spec["env"])  # noqa: S606 - no shell is wanted
    except BaseException as error:  # noqa: BLE001 - whatever it is, nothing may run without walls
        what = getattr(error, "strerror", None) or str(error)
        where = getattr(error, "filename", None)
        told = f"the walls cannot be put up: {where or type(error).__name__}: {what}\n"
        os.write(2, told.encode("utf-8", "backslashreplace"))
    os._exit(EXIT_NO_WALLS)


def _close_others(kept: Sequence[int]) -> None:
    """Leave open what the program gets, and nothing else."""
    end = 3
    for fd in sorted(kept):
        os.closerange(end, fd)
        end = fd + 1
    os.closerange(end, _highest_fd() + 1)


def _highest_fd() -> int:
    try:
        return max(int(name) for name in os.listdir("/proc/self/fd"))
    except OSError:
        return min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 1 << 20)


def _set_limits(limits: dict[str, int]) -> None:
    for name, most in limits.items():
        number = getattr(resource, f"RLIMIT_{name}")
        _, hard = resource.getrlimit(number)
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(number, (value, value))


def _become_user(uid: int | None, capability: int | None) -> None:
    """Change to the user `uid`, None for staying this one, with this one capability or none."""
    for number in range(LAST_CAPABILITY + 1):
        if number != capability and not _drop_from_bounds(number):
            break
    if uid is not None:
        if capability is not None:
            _prctl(PR_SET_KEEPCAPS, 1)
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    _set_capabilities(0 if capability is None else 1 << capability)
    if capability is not None:
        # What makes it last beyond the start of a program.
        _prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability)


def _drop_from_bounds(number: int) -> bool:
    """False when there is no such capability, or no right to drop it, nor need to: see below.

    Without it NO_NEW_PRIVS keeps programs from getting back what the process gave up.
    """
    try:
        _prctl(PR_CAPBSET_DROP, number)
    except OSError:
        return False
    return True


def _set_capabilities(wanted: int) -> None:
    header = ctypes.create_string_buffer(struct.pack("=Ii", CAPABILITY_VERSION_3, 0))
    low, high = wanted & 0xFFFFFFFF, wanted >> 32
    data = ctypes.create_string_buffer(struct.pack("=6I", low, low, low, high, high, high))
    if _libc.capset(header, data) != 0:
        _raise("capset")


def _landlock_ruleset(wanted: dict[str, Any]) -> int:
    """The open file of a ruleset; folders are opened while this is still the host's user."""
    words = [wanted["files"], wanted["tcp"], wanted["scopes"]][: wanted["words"]]
    attributes = ctypes.create_string_buffer(struct.pack(f"={len(words)}Q", *words))
    ruleset = _syscall(LANDLOCK_CREATE_RULESET, attributes, 8 * len(words), 0)
    for path, rights in wanted["rules"]:
        try:
            fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:  # not on this machine
            continue
        rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, fd))
        _syscall(LANDLOCK_ADD_RULE, ruleset, PATH_BENEATH, rule, 0)
        os.close(fd)
    return ruleset


def _take_own_network() -> None:
    """A network that reaches no further than this worker's own processes."""
    import fcntl
    import socket

    if _libc.unshare(ctypes.c_int(CLONE_NEWNET)) != 0:
        _raise("unshare(CLONE_NEWNET)")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        asked = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(one, SIOCGIFFLAGS, asked))[1]
        fcntl.ioctl(one, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | IFF_UP))


def _filter_calls(spec: dict[str, Any], host_pid: int, guard_pid: int) -> None:
    families = seccomp.LOCAL if spec["network"] == "none" else seccomp.WITH_NETWORK
    # Host and guard lead groups; the guard's is that of the process the host started.
    spared: list[int] = [host_pid, guard_pid, -guard_pid, *(-one for one in spec["groups"])]
    steps = seccomp.packed(seccomp.program(os.uname().machine, families, spared))
    content = ctypes.create_string_buffer(steps, len(steps))
    head = ctypes.create_string_buffer(
        struct.pack("HxxxxxxP", len(steps) // 8, ctypes.addressof(content))
    )
    number = SECCOMP[os.uname().machine]
    try:
        # Older kernels else slow down every memory access of a process that has a filter.
        _syscall(number, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, head)
    except OSError:
        _prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, head)


def _prctl(option: int, *arguments: Any) -> None:
    words = [_word(one) for one in arguments] + [ctypes.c_ulong(0)] * (4 - len(arguments))
    if _libc.prctl(option, *words) != 0:
        _raise(f"prctl({option})")


def _syscall(number: int, *arguments: Any) -> int:
    result: int = _libc.syscall(ctypes.c_long(number), *(_word(one) for one in arguments))
    if result < 0:
        _raise(f"system call {number}")
    return result


def _word(value: Any) -> Any:
    return ctypes.c_ulong(value) if isinstance(value, int) else value


def _raise(doing: str) -> None:
    errno = ctypes.get_errno()
    raise OSError(errno, os.strerror(errno), doing)
