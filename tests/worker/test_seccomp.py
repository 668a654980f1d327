"""The filter of system calls, run by a copy of the kernel's little machine."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vlmhb_worker import seccomp
from vlmhb_worker.seccomp import ALLOW, EACCES, ENOSYS, EPERM, ERRNO

MACHINES = ("x86_64", "aarch64")
PLACE = {"x86_64": 0, "aarch64": 1}
HOST, GUARD = 4321, 4322
LONGEST = 4096
"""Steps that the kernel takes, BPF_MAXINSNS."""


def verdict(machine: str, number: int, *arguments: int, families=seccomp.LOCAL, arch=None) -> int:
    """What the filter of this machine says of a system call."""
    program = seccomp.program(machine, families, (HOST, GUARD, -GUARD))
    words = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack(
        "<IIQ6Q",
        number & 0xFFFFFFFF,
        seccomp.AUDIT_ARCH[machine] if arch is None else arch,
        0,
        *(word & 0xFFFFFFFFFFFFFFFF for word in words),
    )
    place, value = 0, 0
    while True:
        code, when_true, when_false, operand = program[place]
        place += 1
        match code:
            case 0x20:
                (value,) = struct.unpack_from("<I", data, operand)
            case 0x06:
                return operand
            case 0x15 | 0x35 | 0x45:
                holds = {
                    0x15: value == operand,
                    0x35: value >= operand,
                    0x45: bool(value & operand),
                }[code]
                place += when_true if holds else when_false
            case _:
                raise AssertionError(f"no such instruction: {code:#x}")


def refused(errno: int) -> int:
    return ERRNO | errno


@pytest.mark.parametrize("machine", MACHINES)
def test_the_program_is_one_that_the_kernel_takes(machine: str) -> None:
    program = seccomp.program(machine, seccomp.WITH_NETWORK, range(1, 9))

    assert len(program) < LONGEST
    assert 8 * len(program) == len(seccomp.packed(program))
    for place, (code, when_true, when_false, _) in enumerate(program):
        assert 0 <= when_true < 256
        assert 0 <= when_false < 256
        if code in (0x15, 0x35, 0x45):
            assert place + 1 + max(when_true, when_false) < len(program)
    assert (0x06, 0, 0, ALLOW) == program[-1]


@pytest.mark.parametrize("machine", MACHINES)
def test_every_call_of_the_list_is_refused_and_no_other_by_its_number(machine: str) -> None:
    place = PLACE[machine]
    listed = {
        number for numbers in seccomp.REFUSED.values() if (number := numbers[place]) is not None
    }
    looked_at = {
        seccomp.CLONE3[place],
        seccomp.SOCKET[place],
        seccomp.SOCKETPAIR[place],
        *(numbers[place] for numbers in seccomp.TO_PROCESS.values()),
    }

    refusals = {number for number in range(500) if verdict(machine, number) != ALLOW}

    assert listed == {number for number in listed if verdict(machine, number) == refused(EPERM)}
    assert refusals - listed <= looked_at


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_of_another_architecture_do_not_exist(machine: str) -> None:
    i386 = 0x40000003

    assert refused(ENOSYS) == verdict(machine, 1, arch=i386)
    assert refused(ENOSYS) == verdict("x86_64", 1 | seccomp.X32)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("family", range(50))
def test_sockets_are_local_unless_a_network_is_declared(machine: str, family: int) -> None:
    number = seccomp.SOCKET[PLACE[machine]]
    without = verdict(machine, number, family)
    declared = verdict(machine, number, family, families=seccomp.WITH_NETWORK)

    assert (ALLOW if family == seccomp.AF_UNIX else refused(EACCES)) == without
    assert (ALLOW if family in seccomp.WITH_NETWORK else refused(EACCES)) == declared


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("name", seccomp.TO_PROCESS)
def test_host_guard_and_everybody_get_no_signal_and_others_do(machine: str, name: str) -> None:
    number = seccomp.TO_PROCESS[name][PLACE[machine]]

    for pid in (HOST, GUARD, -GUARD, -1):
        assert refused(EPERM) == verdict(machine, number, pid)
    assert ALLOW == verdict(machine, number, 77)


@pytest.mark.parametrize("machine", MACHINES)
def test_threads_and_forks_are_made_and_namespaces_are_not(machine: str) -> None:
    place = PLACE[machine]
    of_a_thread = 0x3D0F00
    of_a_fork = 0x1200011
    namespaces = (0x20000, *(1 << bit for bit in range(25, 31)))

    assert ALLOW == verdict(machine, seccomp.CLONE[place], of_a_thread)
    assert ALLOW == verdict(machine, seccomp.CLONE[place], of_a_fork)
    for flag in namespaces:
        assert refused(EPERM) == verdict(machine, seccomp.CLONE[place], of_a_fork | flag)
    assert refused(ENOSYS) == verdict(machine, seccomp.CLONE3[place])


@pytest.mark.parametrize("machine", MACHINES)
def test_a_process_sets_its_own_limits_and_reads_those_of_others(machine: str) -> None:
    number = seccomp.PRLIMIT64[PLACE[machine]]
    somewhere = 0x7F00_0000_0000

    assert ALLOW == verdict(machine, number, 0, 7, somewhere)
    assert ALLOW == verdict(machine, number, HOST, 7, 0, somewhere)
    assert refused(EPERM) == verdict(machine, number, HOST, 7, somewhere)
    assert refused(EPERM) == verdict(machine, number, HOST, 7, 0x1000)


@given(st.integers(0, 2**64 - 1))
def test_only_the_lower_half_of_a_number_counts_as_in_the_kernel(upper: int) -> None:
    number = seccomp.SOCKET[0]
    family = (upper & ~0xFFFFFFFF) | seccomp.AF_INET

    assert refused(EACCES) == verdict("x86_64", number, family)


@pytest.mark.parametrize("machine", MACHINES)
def test_no_signal_about_a_file_goes_to_another_process(machine: str) -> None:
    fcntl, ioctl = (calls[PLACE[machine]] for calls in (seccomp.FCNTL, seccomp.IOCTL))

    for command in (8, 15):  # F_SETOWN, F_SETOWN_EX
        assert refused(EPERM) == verdict(machine, fcntl, 0, command, HOST)
    for request in (0x8901, 0x8902):  # FIOSETOWN, SIOCSPGRP
        assert refused(EPERM) == verdict(machine, ioctl, 0, request)
    assert ALLOW == verdict(machine, fcntl, 0, 4, 2048)


@pytest.mark.parametrize("machine", MACHINES)
def test_nothing_types_into_a_terminal(machine: str) -> None:
    number = seccomp.IOCTL[PLACE[machine]]

    assert refused(EPERM) == verdict(machine, number, 0, seccomp.TIOCSTI)
    assert refused(EPERM) == verdict(machine, number, 0, seccomp.TIOCLINUX)
    assert ALLOW == verdict(machine, number, 0, 0x5401)
