"""What a process takes counts with everything below it, and with what has ended there."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from vlmhb.system.process_tree import TreeUse, own_bytes, process_of, read_tree

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


MAPPED = """
import mmap, os, sys, threading
held = b"x" * (64 << 20)
with open(sys.argv[1], "rb") as file:
    weights = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
sum(weights[::4096])
for _ in range(3):
    threading.Thread(target=threading.Event().wait, daemon=True).start()
if os.fork() == 0:
    threading.Event().wait()
print("ready", flush=True)
sys.stdin.read()
os.killpg(0, 9)
"""
"""Holds 64 MiB, as much of a file, three more threads, and a child that shares it all."""


@pytest.fixture
def mapped(tmp_path: Path) -> Iterator[psutil.Process]:
    weights = tmp_path / "weights"
    weights.write_bytes(b"w" * (64 << 20))
    process = subprocess.Popen(
        [sys.executable, "-c", MAPPED, str(weights)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    yield psutil.Process(process.pid)
    process.communicate(timeout=60)


def test_mapped_files_are_not_anonymous_and_threads_are_counted(mapped: psutil.Process):
    use = read(mapped)

    assert 2 * (64 << 20) <= use.anonymous_bytes < 2 * (96 << 20)
    assert use.rss_bytes > use.anonymous_bytes + (64 << 20)
    assert 5 == use.threads


def test_what_forked_processes_share_is_owned_once(mapped: psutil.Process):
    owned = own_bytes(read(mapped).pids)

    assert owned is not None
    assert 64 << 20 <= owned < 96 << 20


def test_nobody_knows_what_a_process_owns_that_is_gone():
    assert own_bytes([2**22 + 1]) is None
