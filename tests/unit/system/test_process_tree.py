"""What a process takes counts with everything below it, and with what has ended there."""

import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from vlmhb.system.process_tree import TreeUse, process_of, read_tree

BURNT_S = 0.4
BURN = f"""
import time
while time.process_time() < {BURNT_S}: pass
"""
FAMILY = f"""
import subprocess, sys
held = bytearray(64 << 20)
ended = subprocess.run([sys.executable, "-c", {BURN!r}])
alive = subprocess.Popen([sys.executable, "-c", {BURN!r} + "print('ready', flush=True)\\n"
    "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
sys.stdin.read()
"""
GRANDPARENT = f"""
import subprocess, sys
subprocess.run([sys.executable, "-c", {FAMILY!r}], stdin=sys.stdin)
"""


@pytest.fixture
def grandparent() -> Iterator[psutil.Process]:
    """Its child holds 64 MiB and has two children that burn CPU: one has ended, one lives."""
    process = subprocess.Popen(
        [sys.executable, "-c", GRANDPARENT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    yield psutil.Process(process.pid)
    process.communicate(timeout=60)


def read(process: psutil.Process) -> TreeUse:
    use = read_tree(process)
    assert use is not None
    return use


def test_children_of_children_count_with_the_time_of_those_that_ended(
    grandparent: psutil.Process,
):
    use = read(grandparent)

    below = {process.pid for process in grandparent.children(recursive=True)}
    assert {grandparent.pid, *below} == use.pids
    assert len(below) == 2
    assert 1.8 * BURNT_S <= use.cpu_s  # the kernel counts in steps of 10 ms
    assert 64 << 20 <= use.rss_bytes


def test_a_kernel_that_lists_no_children_gives_the_same(grandparent: psutil.Process):
    searched = read_tree(grandparent, "/proc/{pid}/no/such/file")

    assert searched is not None
    assert read(grandparent).pids == searched.pids


class Strange(psutil.Process):
    """What psutil makes of a kernel that it does not know."""

    def is_running(self) -> bool:
        return bool(int("not a number"))


def test_a_kernel_that_tells_otherwise_than_is_known_is_no_reason_to_end():
    assert read_tree(Strange()) is None
    assert process_of(2**31 - 1) is None


def test_a_process_that_ended_is_none():
    process = subprocess.Popen([sys.executable, "-c", ""])
    known = psutil.Process(process.pid)
    process.wait()

    assert read_tree(known) is None
