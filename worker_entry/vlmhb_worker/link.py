"""Frames to and from the host, over what `stdio` took."""

from __future__ import annotations

import os
from _thread import allocate_lock
from collections import deque

from vlmhb_worker import wire
from vlmhb_worker.wire import ProtocolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vlmhb_worker.wire import Message


NO_ARENA = -1
"""In place of the number of an open file."""


class ArenaError(Exception):
    """The memory that the host shares cannot be seen: mostly a limit on this worker's own."""


class Link:
    """Sends from any thread, receives in one."""

    def __init__(self, source: int, sink: int, arena: int) -> None:
        self._source = source
        self._sink = sink
        self._arena = arena
        self._shared = wire.EMPTY
        self._decoder = wire.Decoder(wire.FROM_HOST)
        self._sending = allocate_lock()
        self._urgent: deque[bytes] = deque()

    def receive(self) -> Message | None:
        """The next message, None at the end of input.

        Raises:
            ProtocolError: the host's bytes are no frame.
        """
        while (message := self._decoder.next_message()) is None:
            if self._urgent:
                with self._sending:
                    self._send_urgent()
            if not self._decoder.read(self._source):
                return None
        return message

    def content(self, buffer: dict[str, Any]) -> memoryview:
        """The bytes that a `buffer` of the message received last names, without a copy.

        Raises:
            ProtocolError: they are not there.
            ArenaError: they are in the host's memory, and that cannot be seen.
        """
        place, offset = buffer["place"], buffer["offset"]
        whole = self._shared_memory() if place == "shared" else self._decoder.tail
        end = offset + buffer["length"]
        if end > len(whole):
            raise ProtocolError(
                f"request.pages: got bytes {offset} to {end} of {place}, which has {len(whole)}"
            )
        return whole[offset:end]

    def _shared_memory(self) -> memoryview:
        """The host's arena, looked at for the first time when a page lies there."""
        if self._arena >= 0:
            import mmap

            try:
                arena = mmap.mmap(self._arena, 0, prot=mmap.PROT_READ)
            except OSError as error:  # not a pipe's, which would mean that the host is gone
                raise ArenaError(f"cannot map the memory of the host: {error}") from error
            self._shared = memoryview(arena)
            self._arena = NO_ARENA
        return self._shared

    def send(self, message: Message) -> None:
        """Send it whole, or raise OSError when the pipe is closed."""
        frame = wire.encode(message, wire.FROM_WORKER)
        with self._sending:
            self._send_urgent()
            self._write(frame)

    def send_first(self, message: Message) -> None:
        """Send it before whatever other threads wait to send.

        One of them does it, or `receive` before it waits: what came together is answered together.
        """
        self._urgent.append(wire.encode(message, wire.FROM_WORKER))

    def _send_urgent(self) -> None:
        frames = []
        while self._urgent:
            frames.append(self._urgent.popleft())
        if frames:
            self._write(b"".join(frames))

    def _write(self, frame: bytes) -> None:
        sent = os.write(self._sink, frame)
        while sent < len(frame):
            sent += os.write(self._sink, memoryview(frame)[sent:])
