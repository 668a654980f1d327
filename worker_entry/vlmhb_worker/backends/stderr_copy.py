"""What an engine's processes print, kept for the error that says why they ended."""

import faulthandler
import os
import re
import threading
from typing import Any, Callable, Iterator, List, Optional

KEPT_BYTES = 1 << 18
LAST_WORDS_S = 1.0
"""How long to wait for the end of the pipe, which is when the last of the processes is dead."""

_ERROR = re.compile(r"(?:^|\] |\) )((?:\w+\.)*\w*(?:Error|Exception|Interrupt)\b(?:: .*)?)$")
_GOT_OVER = re.compile(r"\b(?:DEBUG|INFO|WARN|WARNING)\b|^(?:\[\w+\]:)?[VIW]\d{4} ")
"""How a line begins, in the formats of logging and of glog, that tells of no failure."""


class EngineFailedError(RuntimeError):
    """A process of an engine ended; the message is what it printed about that."""


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
        errors = list(errors_in(bytes(self._kept).decode(errors="replace").splitlines()))
        if not errors:
            return error
        for said in errors:
            if "OutOfMemoryError" in said.partition(":")[0]:
                return MemoryError(said)
        return EngineFailedError(first_and_last(errors))

    def _pass_on(self) -> None:
        for piece in iter(lambda: os.read(self._source, 1 << 16), b""):
            self._kept += piece
            del self._kept[:-KEPT_BYTES]
            os.write(self._original, piece)
            with self._lock:
                if self._tell is not None:
                    self._tell()


def errors_in(lines: List[str]) -> Iterator[str]:
    """The errors in what was printed, but for those that were logged as something milder."""
    for line in lines:
        match = _ERROR.search(line.rstrip())
        if match and not _GOT_OVER.search(line[: match.start(1)]):
            yield match.group(1)


def first_and_last(errors: List[str]) -> str:
    """Both, for what follows the first error is its consequence, unless it was handled."""
    if errors[0] == errors[-1]:
        return errors[0]
    return f"{errors[0]} (the last error printed: {errors[-1]})"
