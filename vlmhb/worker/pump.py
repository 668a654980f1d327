"""Moves bytes between host and worker and sees the worker to its end."""

import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable

from vlmhb_worker import wire
from vlmhb_worker.wire import Message, ProtocolError

from vlmhb.worker.outbox import Frame, Outbox
from vlmhb.worker.process import KILL_GRACE_S, TERM_GRACE_S, WorkerProcess

READS_AFTER_DEATH = 32
"""Frames that were in the pipe when the worker died still count; a pipe that somebody else keeps
filling does not keep us."""
EXIT_GRACE_S = 2.0
"""How long a worker may live after it closed its end of the answers."""


class Pump:
    """One worker's pipes, polled by the thread that calls `run`."""

    def __init__(self, process: WorkerProcess, receive: Callable[[Message], None]) -> None:
        self._process = process
        self._receive = receive
        self._decoder = wire.Decoder(wire.FROM_WORKER)
        self._lock = threading.Lock()
        self._outbox = Outbox(process.requests)
        self._own_replies: deque[Message] = deque()
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._poll = select.poll()
        self._waits_to_write = False
        self._stop_at_s: float | None = None
        self._not_before_s = 0.0
        self._steps = [process.kill_tree, process.terminate]
        self._is_open = True
        self.violation: str | None = None
        """How the worker broke the protocol, None while it has not."""
        os.set_blocking(process.requests, False)
        os.set_blocking(process.answers, False)

    def write(self, frame: Frame, key: str | None = None) -> None:
        """Send now what the pipe takes and the rest when it takes more; never blocks."""
        with self._lock:
            waits = bool(self._outbox)
            self._outbox.add(frame, key)
            self._start_writing(waits=waits)

    def write_first(self, frame: Frame, *, instead: bool = False) -> None:
        """Send it before all frames that wait, or instead of them."""
        with self._lock:
            waits = bool(self._outbox)
            self._outbox.add_urgent(frame)
            if instead:
                self._outbox.withdraw_all()
            self._start_writing(waits=waits)

    def withdraw(self, key: str, reply: Message) -> bool:
        """Take back the frame `key` and receive `reply` as if the worker had sent it.

        False when the frame has left, or begun to.
        """
        with self._lock:
            if not self._outbox.withdraw(key):
                return False
            self._own_replies.append(reply)
            self._wake_up()
            return True

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
        self._poll.register(self._process.death, select.POLLIN)
        self._poll.register(self._wake, select.POLLIN)
        self._poll.register(self._process.answers, select.POLLIN)
        while True:
            ready = dict(self._poll.poll(self._patience_ms()))
            if self._process.death in ready:
                break
            self._move(ready)
            if self._stop_at_s is not None and not self._keep_deadline():
                return
        for _ in range(READS_AFTER_DEATH):
            if not (self._is_open and self._read()):
                break

    def _move(self, ready: dict[int, int]) -> None:
        if self._process.answers in ready and not self._read():
            # Closed, it would be reported in each round.
            self._poll.unregister(self._process.answers)
            self.stop_after(EXIT_GRACE_S)
        if self._wake in ready:
            os.eventfd_read(self._wake)
            self._take(lambda: self._own_replies.popleft() if self._own_replies else None)
        if self._waits_to_write or self._wake in ready:
            self._write_rest()

    def _write_rest(self) -> None:
        with self._lock:
            self._outbox.flush()
            waits = bool(self._outbox)
        if waits and not self._waits_to_write:
            self._poll.register(self._process.requests, select.POLLOUT)
        elif self._waits_to_write and not waits:
            self._poll.unregister(self._process.requests)
        self._waits_to_write = waits

    def close(self) -> None:
        """Give back what `__init__` opened."""
        with self._lock:
            os.close(self._wake)
            self._wake = -1

    def _patience_ms(self) -> float | None:
        at_s = self._stop_at_s
        return None if at_s is None else max(0.0, at_s - time.monotonic()) * 1000 + 1

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
            self._is_open = bool(self._decoder.read(self._process.answers))
        except BlockingIOError:
            return True
        self._take(self._decoder.next_message)
        return self._is_open

    def _take(self, next_message: Callable[[], Message | None]) -> None:
        """Receive all there is, up to the first that breaks the protocol."""
        if self.violation is not None:
            return
        try:
            while (message := next_message()) is not None:
                self._receive(message)
        except ProtocolError as error:
            self.violation = str(error)
            self.stop_after(0)

    def _start_writing(self, *, waits: bool) -> None:
        """Write at once what was just added, unless other frames wait for room in the pipe."""
        if self._wake < 0:  # closed: the pipe's number may be another file's by now
            self._outbox.forget()
        elif not waits:
            self._outbox.flush()
            if self._outbox:
                self._wake_up()

    def _wake_up(self) -> None:
        if self._wake >= 0:
            os.eventfd_write(self._wake, 1)
