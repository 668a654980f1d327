"""Moves bytes between host and worker and sees the worker to its end."""

import contextlib
import os
import select
import threading
import time
from collections.abc import Callable

from vlmhb_worker.wire import ProtocolError

from vlmhb.worker.process import WorkerProcess

READ_BYTES = 1 << 16
READS_AFTER_DEATH = 32
"""Frames that were in the pipe when the worker died still count; a pipe that somebody else keeps
filling does not keep us."""
EXIT_GRACE_S = 2.0
"""How long a worker may live after it closed its end of the answers."""
TERM_GRACE_S = 3.0
KILL_GRACE_S = 5.0


class Pump:
    """One worker's pipes, polled by the thread that calls `run`."""

    def __init__(self, process: WorkerProcess, receive: Callable[[bytes], None]) -> None:
        self._process = process
        self._receive = receive
        self._lock = threading.Lock()
        self._backlog = bytearray()
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._stop_at_s: float | None = None
        self._not_before_s = 0.0
        self._steps = [process.kill_tree, process.terminate]
        self._is_open = True
        self.violation: str | None = None
        """How the worker broke the protocol, None while it has not."""
        os.set_blocking(process.requests, False)
        os.set_blocking(process.answers, False)

    def write(self, frame: bytes) -> None:
        """Send now what the pipe takes and the rest when it takes more; never blocks."""
        with self._lock:
            if self._wake < 0:
                return  # closed: the pipe's number may be another file's by now
            waits = bool(self._backlog)
            self._backlog += frame
            if not waits:
                self._flush()
                if self._backlog:
                    self._wake_up()

    def hold(self, seconds: float) -> None:
        """Put off any later `stop_after` until `seconds` from now."""
        self._not_before_s = time.monotonic() + seconds

    def stop_after(self, grace_s: float) -> None:
        """Let the worker end by itself for `grace_s`, then make it."""
        with self._lock:
            at_s = max(time.monotonic() + grace_s, self._not_before_s)
            self._stop_at_s = at_s if self._stop_at_s is None else min(at_s, self._stop_at_s)
            self._wake_up()

    def run(self) -> None:
        """Return when the worker is dead and what it sent is received, or when it cannot die."""
        poll = select.poll()
        poll.register(self._process.death, select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        while True:
            _watch(poll, self._process.answers, select.POLLIN, wanted=self._is_open)
            _watch(poll, self._process.requests, select.POLLOUT, wanted=bool(self._backlog))
            ready = dict(poll.poll(self._patience_ms()))
            if self._process.death in ready:
                break
            self._move(ready)
            if not self._keep_deadline():
                return
        for _ in range(READS_AFTER_DEATH):
            if not (self._is_open and self._read()):
                break

    def _move(self, ready: dict[int, int]) -> None:
        if self._wake in ready:
            os.eventfd_read(self._wake)
        if self._process.answers in ready and not self._read():
            self.stop_after(EXIT_GRACE_S)
        if self._process.requests in ready:
            with self._lock:
                self._flush()

    def close(self) -> None:
        """Give back what `__init__` opened."""
        with self._lock:
            os.close(self._wake)
            self._wake = -1

    def _patience_ms(self) -> float | None:
        with self._lock:
            if self._stop_at_s is None:
                return None
            return max(0.0, self._stop_at_s - time.monotonic()) * 1000 + 1

    def _keep_deadline(self) -> bool:
        """Climb one step of the ladder when it is time; False when there are no more."""
        with self._lock:
            if self._stop_at_s is None or time.monotonic() < self._stop_at_s:
                return True
            if not self._steps:
                return False
            if not self._is_open and self.violation is None:
                self.violation = "it closed its end of the answers and lived on"
            step = self._steps.pop()
            grace_s = TERM_GRACE_S if self._steps else KILL_GRACE_S
            self._stop_at_s = time.monotonic() + grace_s
        step()
        return True

    def _read(self) -> bool:
        """Receive what is there; False at the end of the pipe."""
        try:
            piece = os.read(self._process.answers, READ_BYTES)
        except BlockingIOError:
            return True
        self._is_open = bool(piece)
        if piece and self.violation is None:
            try:
                self._receive(piece)
            except ProtocolError as error:
                self.violation = str(error)
                self.stop_after(0)
        return self._is_open

    def _flush(self) -> None:
        try:
            while self._backlog:
                del self._backlog[: os.write(self._process.requests, self._backlog)]
        except BlockingIOError:
            return
        except OSError:  # the worker is going; its death tells the rest
            self._backlog.clear()

    def _wake_up(self) -> None:
        if self._wake >= 0:
            os.eventfd_write(self._wake, 1)


def _watch(poll: select.poll, fd: int, event: int, *, wanted: bool) -> None:
    """Have `poll` report `event`, or nothing of `fd`: an unwanted fd would report errors still."""
    if wanted:
        poll.register(fd, event)
    else:
        with contextlib.suppress(KeyError):
            poll.unregister(fd)
