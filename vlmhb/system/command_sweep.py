"""Kills what the commands of a dead host left behind; run as a script in a process of its own.

    python -I -S command_sweep.py MARK

It waits for the end of its stdin, which only the host holds open. Whoever was killed could not tell
anybody what it had started, so every process is looked for that has a variable beginning with MARK
(`NAME=value`) among those it was started with: commands, what they started themselves, and what
those took into the background.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

LOOKS = 5
"""In a row that find nobody: what was just being started shows its mark a moment later."""
PAUSE_S = 0.05
PATIENCE_S = 60.0
"""A process that sleeps in the kernel does not end before it wakes up."""


def main(mark: str) -> None:
    """Wait, then kill until nobody is left."""
    while os.read(0, 1):
        pass
    end_marked(mark.encode(), PATIENCE_S)


def kill_marked(mark: bytes) -> bool:
    """Whether there was anybody to kill."""
    found = [int(pid) for pid in _pids() if _has(pid, mark)]
    for pid in found:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    return bool(found)


def end_marked(mark: bytes, patience_s: float, kill: Callable[[bytes], bool] = kill_marked) -> None:
    """Kill until nobody is found any more, or `patience_s` is over.

    Once is not enough: what is killed last may have started another since the first look.
    """
    empty, deadline_s = 0, time.monotonic() + patience_s
    while empty < LOOKS and time.monotonic() < deadline_s:
        empty = 0 if kill(mark) else empty + 1
        time.sleep(PAUSE_S)


def _pids() -> Iterator[str]:
    return filter(str.isdigit, os.listdir("/proc"))  # noqa: PTH208 - as below


def _has(pid: str, mark: bytes) -> bool:
    """Whether a process was started with the mark."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:  # noqa: PTH123 - pathlib imports more than all else here
            return b"\0" + mark in b"\0" + file.read()
    except OSError:  # it is gone, or another user's
        return False


if __name__ == "__main__":
    main(sys.argv[1])
