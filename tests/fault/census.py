"""Counts processes by a mark that they inherit, whoever their parents are by now."""

import threading
from collections.abc import Callable
from pathlib import Path

from vlmhb.system.clock import monotonic_s

BREATH = threading.Event()
"""Never set: others need the processor, too."""


def alive(mark: str) -> list[int]:
    """The processes that were started with `mark` in their environment and have not ended.

    A zombie has ended: who should have waited for it is another question.
    """
    found = []
    for folder in Path("/proc").iterdir():
        try:
            is_marked = mark.encode() in (folder / "environ").read_bytes()  # a zombie's is empty
        except OSError:  # not a process, or gone
            continue
        if is_marked:
            found.append(int(folder.name))
    return sorted(found)


def until(is_so: Callable[[], bool], timeout_s: float = 30.0) -> None:
    """Wait for something that nobody tells.

    Raises:
        AssertionError: it is not so within `timeout_s`.
    """
    began_s = monotonic_s()
    while not is_so():
        assert monotonic_s() - began_s < timeout_s, "it did not happen"
        BREATH.wait(0.005)


def wait_for(mark: str, count: int, timeout_s: float) -> None:
    """Wait until so many are alive.

    Raises:
        AssertionError: there are not, within `timeout_s`.
    """
    began_s = monotonic_s()
    while len(alive(mark)) != count:
        waited_s = monotonic_s() - began_s
        assert waited_s < timeout_s, f"{alive(mark)} after {waited_s:.1f} s, expected {count}"
        BREATH.wait(0.005)
