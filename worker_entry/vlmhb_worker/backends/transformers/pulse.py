"""Signs of life while weights are loaded, which can take longer than the host waits in silence."""

import os
import threading
from types import TracebackType
from typing import Optional, Type

from vlmhb_worker.backend import Progress
from vlmhb_worker.backends.transformers.checkpoint import WEIGHT_FILES

INTERVAL_S = 5.0
STEP_BYTES = 16 * 2**20
"""Read from files, or filled or given back in memory, since the last sign."""


class Pulse:
    """While it lasts, reports progress as long as bytes are read or memory is filled."""

    def __init__(self, progress: Progress, folder: str, interval_s: float = INTERVAL_S) -> None:
        self._progress = progress
        self._total_mb = _weights_bytes(folder) // 10**6
        self._interval_s = interval_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def __enter__(self) -> "Pulse":
        self._before = (_bytes_read(), _bytes_resident())
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        moved = said = 0
        read, resident = self._before
        while not self._ended.wait(self._interval_s):
            read_before, resident_before = read, resident
            read, resident = _bytes_read(), _bytes_resident()
            moved += read - read_before + abs(resident - resident_before)
            if moved - said >= STEP_BYTES:
                said = moved
                done_mb = min(moved // 10**6, self._total_mb)
                self._progress("load the weights (MB)", done_mb, self._total_mb)


def _bytes_read() -> int:
    """What this process has read since it began."""
    try:
        with open("/proc/self/io", encoding="ascii") as file:
            return int(file.readline().split()[1])
    except OSError:  # a sandbox may hide it
        return 0


def _bytes_resident() -> int:
    """Memory of this process, files that it has mapped included."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.readline().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _weights_bytes(folder: str) -> int:
    return sum(
        os.path.getsize(os.path.join(folder, name))
        for name in os.listdir(folder)
        if name.endswith(WEIGHT_FILES)
    )
