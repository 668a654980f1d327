"""What an engine's processes print, kept for the error that says why they ended."""

import faulthandler
import os
import re
import threading
from typing import Any, Callable, List, Optional

KEPT_BYTES = 1 << 18
LAST_WORDS_S = 1.0
"""How long to wait for the end of the pipe, which is when the last of the processes is dead."""

_CAUSE = re.compile(r"(?:^|\] |\) )((?:\w+\.)*\w*(?:Error|Exception|Interrupt)\b(?:: .*)?)$")


class EngineFailedError(RuntimeError):
    """A process of an engine ended; the message is the first error that it printed."""


class StderrCopy:
    """Within the context, file 2 leads through this process, which keeps the end of it.

    Processes that are started meanwhile print through it for as long as they live. Within the
    context `tell` is called, from another thread, whenever something is printed.
    """

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell: Optional[Callable[[], None]] = tell
        self._lock = threading.Lock()
        self._kept = bytearray()
        self._original = -1
        self._thread = threading.Thread(target=self._pass_on, daemon=True)

    def __enter__(self) -> "StderrCopy":
        self._source, sink = os.pipe()
        self._original = os.dup(2)
        # The stack of a crash must not depend on a thread that crashes with it.
        faulthandler.enable(file=self._original)
        os.dup2(sink, 2)
        os.close(sink)
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        with self._lock:
            self._tell = None
        os.dup2(self._original, 2)
        faulthandler.enable()

    def forget(self) -> None:
        """Keep nothing of what was printed so far."""
        del self._kept[:]

    def failure(self, error: Exception) -> Exception:
        """What to raise instead of an `error` that only says to look at what was printed."""
        self._thread.join(LAST_WORDS_S)
        cause = first_cause(bytes(self._kept).decode(errors="replace").splitlines())
        if cause is None:
            return error
        if "OutOfMemoryError" in cause.partition(":")[0]:
            return MemoryError(cause)
        return EngineFailedError(cause)

    def _pass_on(self) -> None:
        for piece in iter(lambda: os.read(self._source, 1 << 16), b""):
            self._kept += piece
            del self._kept[:-KEPT_BYTES]
            os.write(self._original, piece)
            with self._lock:
                if self._tell is not None:
                    self._tell()


def first_cause(lines: List[str]) -> Optional[str]:
    """The first error in what was printed; those that follow it are its consequences."""
    for line in lines:
        match = _CAUSE.search(line.rstrip())
        if match:
            return match.group(1)
    return None
