"""Each thing that is wrong with a worker is said once, with the worker it is about."""

from collections.abc import Iterable
from pathlib import Path

from vlmhb.domain.worker_limits import WorkerLimits
from vlmhb.schedule.workers.monitor import SCRATCH_EVERY_S, Bounds, Monitor, Worry
from vlmhb.schedule.workers.restraint import GIB
from vlmhb.system.process_tree import TreeUse

NOBODY = frozenset({-1})
"""A process that nobody can look at."""


def monitor(folder: Path, **limits: float) -> Monitor:
    """Looking takes it no time."""
    bounds = Bounds(WorkerLimits(**limits), GIB, folder)  # type: ignore[arg-type]
    return Monitor("m", 42, bounds, spent_s=lambda: 0.0)


def tree(threads: int = 1, memory_bytes: int = 0) -> TreeUse:
    return TreeUse(0.0, memory_bytes, NOBODY, memory_bytes, threads)


def test_a_crowd_is_said_once(tmp_path: Path):
    watched = monitor(tmp_path, threads=4)
    first = watched.see(1.0, 0, tree(threads=5))

    assert isinstance(first, Worry)
    assert ("m", 42, True, False) == (first.worker, first.pid, first.is_over, first.of_memory)
    assert watched.see(2.0, 0, tree(threads=5)) is None


def test_memory_that_nobody_can_look_at_is_nobodys_fault(tmp_path: Path):
    """A sandbox whose kernel does not tell what processes share."""
    assert monitor(tmp_path).see(1.0, 100, tree(memory_bytes=100 * GIB)) is None


def test_a_scratch_folder_is_looked_at_now_and_then(tmp_path: Path):
    watched = monitor(tmp_path, scratch_gib=0.0001)
    small = watched.see(0.0, 0, tree())
    (tmp_path / "file").write_bytes(bytes(1 << 20))

    assert small is None
    assert watched.see(SCRATCH_EVERY_S / 2, 0, tree()) is None
    worry = watched.see(SCRATCH_EVERY_S, 0, tree())
    assert worry is not None
    assert "its scratch folder held" in worry.reason


def test_a_scratch_folder_that_is_gone_is_no_worry(tmp_path: Path):
    assert monitor(tmp_path / "gone").see(0.0, 0, tree()) is None


class DearKernel:
    """Takes 10 CPU seconds to tell."""

    def __init__(self, own_bytes: int) -> None:
        self.own_bytes = own_bytes
        self.asked = 0

    def own(self, _pids: Iterable[int]) -> int:
        self.asked += 1
        return self.own_bytes

    def spent_s(self) -> float:
        return 10.0 * self.asked


def test_a_kernel_that_takes_long_to_tell_is_seldom_asked(tmp_path: Path):
    kernel = DearKernel(GIB // 2)
    bounds = Bounds(WorkerLimits(), GIB, tmp_path)
    watched = Monitor("m", 42, bounds, kernel.own, kernel.spent_s)
    for at_s in range(1000):
        assert watched.see(float(at_s), 0, tree(memory_bytes=9 * GIB)) is None
    kernel.own_bytes = 2 * GIB

    assert 1 == kernel.asked
    assert watched.see(5000.0, 0, tree(memory_bytes=9 * GIB)) is not None
