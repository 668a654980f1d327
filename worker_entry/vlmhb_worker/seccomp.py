"""A filter of system calls, as the kernel's little machine runs it.

It only ever refuses: a call that is not named here is the kernel's to judge. Refused calls fail
with an errno, so that libraries which try and fall back go on.
"""

from __future__ import annotations

import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable, Tuple

    Instruction = Tuple[int, int, int, int]
    """Code, steps to skip when true, steps to skip when false, value."""

AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_PLACE = {"x86_64": 0, "aarch64": 1}
X32 = 0x40000000
"""From here on, calls of x86_64 are those of its 32-bit relative."""

REFUSED = {
    # Other processes' memory and files.
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "move_pages": (279, 239),
    "migrate_pages": (256, 238),
    # Keys.
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # Large parts of the kernel that no model needs.
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "fanotify_init": (300, 262),
    "lookup_dcookie": (212, 18),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    # Files past their names, and names that lead elsewhere.
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "truncate": (76, 45),
    # Namespaces, in which a process gets rights back.
    "unshare": (272, 97),
    "setns": (308, 268),
    # The machine.
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "syslog": (103, 116),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "vhangup": (153, 58),
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
    "uselib": (134, None),
    "nfsservctl": (180, 42),
}
"""Name -> its number on x86_64 and aarch64; None where there is no such call."""

CLONE = (56, 220)
CLONE3 = (435, 435)
SOCKET = (41, 198)
SOCKETPAIR = (53, 199)
IOCTL = (16, 29)
FCNTL = (72, 25)
PRLIMIT64 = (302, 261)
TO_PROCESS = {
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434),
}
"""Calls whose first argument is the process that they are about."""

NEW_NAMESPACES = 0x7E020000
"""The flags of `clone` that ask for a namespace of any kind."""
TIOCSTI = 0x5412
TIOCLINUX = 0x541C
"""Requests that type into a terminal."""
F_SETOWN, F_SETOWN_EX = 8, 15
FIOSETOWN, SIOCSPGRP = 0x8901, 0x8902
"""Requests to signal another process, SIGKILL too, when something happens to a file."""
_REQUESTS = (TIOCSTI, TIOCLINUX, FIOSETOWN, SIOCSPGRP)

AF_UNIX, AF_INET, AF_INET6, AF_NETLINK = 1, 2, 10, 16
LOCAL = (AF_UNIX,)
WITH_NETWORK = (AF_UNIX, AF_INET, AF_INET6, AF_NETLINK)

EPERM, EACCES, ENOSYS = 1, 13, 38
ALLOW = 0x7FFF0000
ERRNO = 0x00050000
EVERYBODY = 0xFFFFFFFF
"""`kill(-1)`."""

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16
"""Where they stand in what the kernel shows a filter."""


def program(machine: str, families: Iterable[int], spared: Iterable[int] = ()) -> list[Instruction]:
    """The filter for this kind of machine.

    Sockets may be of these `families`. `spared` are processes and, negative, groups of processes
    that get no signal.

    Raises:
        KeyError: the numbers of its calls are not known.
    """
    place = _PLACE[machine]
    found = [
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, AUDIT_ARCH[machine]),
        (_RETURN, 0, 0, ERRNO | ENOSYS),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if machine == "x86_64":
        found += [(_AT_LEAST, 0, 1, X32), (_RETURN, 0, 0, ERRNO | ENOSYS)]
    # glibc then takes `clone`, whose flags can be seen.
    found += _when(CLONE3[place], [(_RETURN, 0, 0, ERRNO | ENOSYS)])
    for numbers in REFUSED.values():
        number = numbers[place]
        if number is not None:
            found += _when(number, [(_RETURN, 0, 0, ERRNO | EPERM)])
    found += _when(CLONE[place], [_argument(0), *_refuse_bits(NEW_NAMESPACES), _allow()])
    only = [*_allow_each(families), (_RETURN, 0, 0, ERRNO | EACCES)]
    found += _when(SOCKET[place], [_argument(0), *only])
    found += _when(SOCKETPAIR[place], [_argument(0), *_allow_each(LOCAL), only[-1]])
    found += _when(IOCTL[place], [_argument(1), *_refuse_each(_REQUESTS), _allow()])
    owners = _refuse_each((F_SETOWN, F_SETOWN_EX))
    found += _when(FCNTL[place], [_argument(1), *owners, _allow()])
    found += _when(PRLIMIT64[place], _limits_of_others())
    refused = [_argument(0), *_refuse_each((EVERYBODY, *(pid & 0xFFFFFFFF for pid in spared)))]
    for numbers in TO_PROCESS.values():
        found += _when(numbers[place], [*refused, _allow()])
    return [*found, _allow()]


def packed(instructions: Iterable[Instruction]) -> bytes:
    """As the kernel takes them."""
    return b"".join(struct.pack("=HBBI", *one) for one in instructions)


def _when(number: int, steps: list[Instruction]) -> list[Instruction]:
    """These steps, which end in a verdict, for one call; what comes behind for all others."""
    return [(_EQUAL, 0, len(steps), number), *steps]


def _argument(place: int, *, high: bool = False) -> Instruction:
    """Look at one half of an argument; the kernel itself ignores the upper half of an int."""
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * place + (4 if high else 0))


def _allow() -> Instruction:
    return (_RETURN, 0, 0, ALLOW)


def _allow_each(values: Iterable[int]) -> list[Instruction]:
    return [step for value in values for step in ((_EQUAL, 0, 1, value), _allow())]


def _refuse_each(values: Iterable[int]) -> list[Instruction]:
    refusal = (_RETURN, 0, 0, ERRNO | EPERM)
    return [step for value in values for step in ((_EQUAL, 0, 1, value), refusal)]


def _refuse_bits(mask: int) -> list[Instruction]:
    return [(_ANY_BIT, 0, 1, mask), (_RETURN, 0, 0, ERRNO | EPERM)]


def _limits_of_others() -> list[Instruction]:
    """Setting limits is for a process itself; reading them is not a matter of ours."""
    return [
        _argument(0),
        (_EQUAL, 0, 1, 0),
        _allow(),
        _argument(2),
        (_EQUAL, 0, 3, 0),
        _argument(2, high=True),
        (_EQUAL, 0, 1, 0),
        _allow(),
        (_RETURN, 0, 0, ERRNO | EPERM),
    ]
