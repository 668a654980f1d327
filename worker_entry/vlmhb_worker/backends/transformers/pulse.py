"""Signs of life while weights are loaded, which can take longer than the host waits in silence."""

import os
import resource
import threading
from types import TracebackType
from typing import Optional, Type

from vlmhb_worker.backend import Progress
from vlmhb_worker.backends.transformers.checkpoint import WEIGHT_FILES

INTERVAL_S = 5.0
STEP_BYTES = 16 * 2**20
"""Read or touched since the last sign; a process that hangs comes to less."""


class Pulse:
    """While it lasts, reports progress as long as bytes are read or memory is filled."""

    def __init__(self, progress: Progress, folder: str, interval_s: float = INTERVAL_S) -> None:
        self._progress = progress
        self._total_mb = _weights_bytes(folder) // 10**6
        self._interval_s = interval_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def __enter__(self) -> "Pulse":
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
        first = last = bytes_moved()
        while not self._ended.wait(self._interval_s):
            now = bytes_moved()
            if now - last >= STEP_BYTES:
                last = now
                done_mb = min((now - first) // 10**6, self._total_mb)
                self._progress("load the weights (MB)", done_mb, self._total_mb)


def bytes_moved() -> int:
    """What this process has read from files and touched in memory since it began."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return (usage.ru_minflt + usage.ru_majflt) * resource.getpagesize() + _bytes_read()


def _bytes_read() -> int:
    try:
        with open("/proc/self/io", encoding="ascii") as file:
            return int(file.readline().split()[1])
    except OSError:  # a sandbox may hide it
        return 0


def _weights_bytes(folder: str) -> int:
    return sum(
        os.path.getsize(os.path.join(folder, name))
        for name in os.listdir(folder)
        if name.endswith(WEIGHT_FILES)
    )
