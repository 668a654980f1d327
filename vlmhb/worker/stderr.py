"""Everything a worker prints: always drained, kept within limits."""

import os
import re
import select
import threading
from collections import deque
from pathlib import Path

from vlmhb.worker.redaction import Redaction

READ_BYTES = 1 << 16
TAIL_BYTES = 64 << 10
HEAD_LOG_BYTES = 8 << 20
TAIL_LOG_BYTES = 8 << 20
FULL_LOG_BYTES = 64 << 20
"""A model's whole log; its workers may be hundreds."""
FINISH_S = 5.0
READS_AFTER_DEATH = 64
"""Bounds what is read from a pipe that somebody holds open after the worker's death."""

_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]")

_BEGUN = b"\xc2"
"""The first half of characters that `_CONTROL` knows: what it becomes comes with the next read."""


def harmless(printed: bytes) -> bytes:
    r"""The same with what a terminal would obey spelled out, as `\x1b`; bars may be drawn."""
    return _CONTROL.sub(lambda found: b"\\x%02x" % found[0][-1], printed)


class Tail:
    """The last `limit` bytes of what is added."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        # Few large pieces, however small those are that come: each costs more than a byte does.
        self._pieces: deque[bytearray] = deque()
        self._held = 0
        self.dropped = 0
        """Bytes that were added and are no longer held."""

    def add(self, piece: bytes) -> None:
        """Append, and forget what is too old."""
        if self._pieces and len(self._pieces[-1]) + len(piece) <= READ_BYTES:
            self._pieces[-1].extend(piece)
        else:
            self._pieces.append(bytearray(piece))
        self._held += len(piece)
        while self._held > self._limit:
            first = self._pieces[0]
            surplus = min(len(first), self._held - self._limit)
            self._held -= surplus
            self.dropped += surplus
            del first[:surplus]
            if not first:
                self._pieces.popleft()

    def content(self) -> bytes:
        """The bytes held."""
        return b"".join(self._pieces)


class CappedLog:
    """A file with the first and the last part of a stream that may have no end.

    A disk that refuses costs the log, never the worker: the stream is drained all the same. Many
    workers may write to one file, one after the other; once it is full, of each only the end.
    """

    def __init__(
        self,
        path: Path,
        head: int = HEAD_LOG_BYTES,
        tail: int = TAIL_LOG_BYTES,
        full: int = FULL_LOG_BYTES,
    ) -> None:
        self._fd = -1
        left = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
            left = max(0, full - os.fstat(self._fd).st_size)
        except OSError:
            left = 0
        self._room = min(head, left)
        self._tail = Tail(min(tail, max(left, TAIL_BYTES)))

    def add(self, piece: bytes) -> None:
        """Write it while there is room, then keep it in memory until `close`."""
        now, later = piece[: self._room], piece[self._room :]
        if now:
            self._room -= len(now)
            self._write(now)
        if later:
            self._tail.add(later)

    def close(self) -> None:
        """Write the last part, and how much is missing before it."""
        if self._tail.dropped:
            self._write(b"\n[vlmhb: %d bytes left out]\n" % self._tail.dropped)
        self._write(self._tail.content())
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _write(self, piece: bytes) -> None:
        left = memoryview(piece)
        try:
            while left and self._fd >= 0:
                left = left[os.write(self._fd, left) :]
        except OSError:
            return


class StderrDrain:
    """A thread that reads a worker's stderr until the worker is dead and the pipe is empty."""

    def __init__(self, errors: int, death: int, log: CappedLog, name: str) -> None:
        self._errors = errors
        self._death = death
        self._log = log
        self._tail = Tail(TAIL_BYTES)
        self._redaction = Redaction()
        self._held = b""
        self._thread = threading.Thread(target=self._drain, name=f"{name}.stderr", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        os.set_blocking(self._errors, False)
        self._thread.start()

    def hide(self, redaction: Redaction) -> None:
        """Keep from now on what `redaction` knows out of the log and of `finish`."""
        self._redaction = redaction

    def finish(self) -> str:
        """The end of what was printed, once the worker is dead or given up."""
        self._thread.join(FINISH_S)
        return self._tail.content().decode("utf-8", "backslashreplace")

    def _drain(self) -> None:
        poll = select.poll()
        poll.register(self._errors, select.POLLIN)
        poll.register(self._death, select.POLLIN)
        is_open = True
        while is_open and self._death not in dict(poll.poll()):
            is_open = self._read()
        if not is_open:
            poll.unregister(self._errors)
            poll.poll()
        for _ in range(READS_AFTER_DEATH):
            if not (is_open and self._read()):
                break
        self._keep(self._held)
        self._log.close()

    def _read(self) -> bool:
        """Take what is there; False at the end of the pipe."""
        try:
            piece = os.read(self._errors, READ_BYTES)
        except BlockingIOError:
            return True
        shown, held = self._redaction.split(self._held + piece)
        whole = shown.removesuffix(_BEGUN)
        self._held = shown[len(whole) :] + held
        shown = whole
        self._keep(shown)
        return bool(piece)

    def _keep(self, piece: bytes) -> None:
        self._log.add(harmless(piece))
        self._tail.add(piece)
