"""Frames to and from the host, over the two pipes that `stdio` took."""

from __future__ import annotations

import os
import threading

from vlmhb_worker import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmhb_worker.wire import Message

READ_BYTES = 1 << 16


class Link:
    """Sends from any thread, receives in one."""

    def __init__(self, source: int, sink: int) -> None:
        self._source = source
        self._sink = sink
        self._decoder = wire.Decoder(wire.FROM_HOST)
        self._sending = threading.Lock()

    def receive(self) -> Message | None:
        """The next message, None at the end of input.

        Raises:
            ProtocolError: the host's bytes are no frame.
        """
        message = self._decoder.next_message()
        while message is None:
            piece = os.read(self._source, READ_BYTES)
            if not piece:
                return None
            self._decoder.feed(piece)
            message = self._decoder.next_message()
        return message

    def send(self, message: Message) -> None:
        """Send it whole, or raise OSError when the pipe is closed."""
        frame = memoryview(wire.encode(message, wire.FROM_WORKER))
        with self._sending:
            while frame:
                frame = frame[os.write(self._sink, frame) :]
