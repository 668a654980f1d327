"""The process that ends what a killed host had started."""

import os
import select
import subprocess
from pathlib import Path

import pytest

from vlmhb.system.command_guard import MARK, CommandGuard
from vlmhb.system.command_sweep import end_marked, kill_marked

PATIENCE_S = 60


def sleeping(mark: str) -> "subprocess.Popen[bytes]":
    """A process that has the mark by the time this returns."""
    process = subprocess.Popen(["/bin/sleep", "600"], env={MARK: mark, "OTHER": "1"})
    while mark.encode() not in Path(f"/proc/{process.pid}/environ").read_bytes():
        pass
    return process


def test_what_carries_a_mark_is_killed_and_nothing_else():
    tenth, first = sleeping("host.10"), sleeping("host.1")

    found = kill_marked(f"{MARK}=host.1\0".encode())

    assert found
    assert -9 == first.wait(PATIENCE_S)
    assert tenth.poll() is None
    assert kill_marked(f"{MARK}=host.".encode())
    assert -9 == tenth.wait(PATIENCE_S)
    assert not kill_marked(f"{MARK}=host.".encode())


def test_what_starts_while_the_others_are_killed_is_killed_as_well():
    started = [sleeping("host.1")]

    def kill(mark: bytes) -> bool:
        found = kill_marked(mark)
        if len(started) < 3:  # between two looks
            started.append(sleeping("host.1"))
        return found

    end_marked(f"{MARK}=host.1\0".encode(), PATIENCE_S, kill)

    assert [-9] * 3 == [one.wait(PATIENCE_S) for one in started]


def test_who_cannot_be_killed_is_not_waited_for_without_end():
    looks: list[bytes] = []

    def never_gone(mark: bytes) -> bool:
        looks.append(mark)
        return True

    end_marked(b"mark", 0.1, never_gone)

    assert {b"mark"} == set(looks)


def test_a_command_that_fails_leaves_nothing_that_it_started_meanwhile():
    guard = CommandGuard()
    left: list[subprocess.Popen[bytes]] = []

    def start_and_fail() -> None:
        with guard.marked() as mark:
            left.extend([sleeping(mark), sleeping(mark)])
            raise LookupError

    with pytest.raises(LookupError):
        start_and_fail()
    guard.end()

    assert [-9, -9] == [one.wait(PATIENCE_S) for one in left]


def test_each_command_has_a_mark_of_its_own():
    guard = CommandGuard()

    with guard.marked() as first, guard.marked() as second:
        assert first != second
        assert first.partition(".")[0] == second.partition(".")[0]
    guard.end()


def test_its_end_leaves_no_process_and_no_file():
    before = os.listdir("/proc/self/fd")  # noqa: PTH208 - iterdir would hold one open
    guard = CommandGuard()
    with guard.marked():
        pass
    pid = guard_pid(guard)

    guard.end()

    assert not Path(f"/proc/{pid}").exists()
    assert len(before) == len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - the same


def test_one_that_was_killed_is_replaced():
    guard = CommandGuard()
    with guard.marked():
        pass
    first = guard_pid(guard)
    watch = os.pidfd_open(first)
    os.kill(first, 9)
    select.select([watch], [], [], PATIENCE_S)
    os.close(watch)

    with guard.marked():
        second = guard_pid(guard)

    guard.end()
    assert first != second


def guard_pid(guard: CommandGuard) -> int:
    process = guard._process
    assert process is not None
    return process.pid
