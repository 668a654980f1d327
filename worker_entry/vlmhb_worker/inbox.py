"""What the host asked for, read by a thread of its own so that the two sides never block."""

from __future__ import annotations

import os
import threading
from _queue import Empty, SimpleQueue

from vlmhb_worker import messages
from vlmhb_worker.wire import ProtocolError, sendable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmhb_worker.link import Link
    from vlmhb_worker.wire import Message

EXIT_HOST_GONE = 1
EXIT_PROTOCOL = 76


class Inbox:
    """Orders in the order they came."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._orders: SimpleQueue[Message | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._waiting: set[str] = set()
        self._owed: set[str] = set()
        self._window = 0
        self._load_asked = False
        self._ending = False
        self._stopping = False

    def start(self) -> None:
        """Begin to read."""
        threading.Thread(target=self._read, name="inbox", daemon=True).start()

    def open(self, window: int) -> None:
        """Accept up to `window` unanswered requests."""
        self._window = window

    def take_load(self) -> Message | None:
        """The order to load, once it comes; None when the end comes first."""
        return self._orders.get()

    def take_requests(self, limit: int) -> list[Message]:
        """The requests that wait, at least one and at most `limit`; none at the end."""
        batch: list[Message] = []
        while len(batch) < limit:
            try:
                order = self._orders.get(block=not batch)
            except Empty:
                break
            if order is None or self._stopping:
                self._orders.put(None)
                break
            with self._lock:
                if order["id"] in self._waiting:  # else it was cancelled
                    self._waiting.remove(order["id"])
                    batch.append(order)
        return [] if self._stopping else batch

    def settle(self, request_id: str) -> None:
        """Note an answer. Before it is sent: the host may ask again the moment it has it."""
        with self._lock:
            self._owed.discard(request_id)

    def _read(self) -> None:
        try:
            while True:
                message = self._link.receive()
                if message is None:
                    break
                self._sort(messages.check(message, messages.FROM_HOST), message)
        except ProtocolError as error:
            text = f"vlmhb_worker: the host broke the protocol: {error}\n"
            os.write(2, sendable(text, messages.MAX_MESSAGE_CHARS).encode())
            os._exit(EXIT_PROTOCOL)
        except OSError as error:  # the model closed our pipes
            os.write(2, f"vlmhb_worker: lost the host: {error}\n".encode())
        if not self._ending:
            os._exit(EXIT_HOST_GONE)

    def _sort(self, kind: str, message: Message) -> None:
        if kind == "ping":
            self._link.send({"type": "pong", "nonce": message["nonce"]})
        elif kind == "cancel":
            self._cancel(message["id"])
        elif kind == "request":
            self._accept(message)
        elif kind == "load":
            self._accept_load(message)
        else:
            self._ending = True
            self._stopping = kind == "shutdown"
            self._orders.put(None)

    def _accept_load(self, message: Message) -> None:
        if self._load_asked:
            raise ProtocolError("a second load")
        self._load_asked = True
        self._orders.put(message)

    def _accept(self, message: Message) -> None:
        request_id = message["id"]
        with self._lock:
            if self._ending:
                raise ProtocolError(f"request {request_id} after drain or shutdown")
            if request_id in self._owed:
                raise ProtocolError(f"request {request_id} while it is unanswered")
            if len(self._owed) >= self._window:
                raise ProtocolError(f"request {request_id} beyond the window of {self._window}")
            self._owed.add(request_id)
            self._waiting.add(request_id)
        self._orders.put(message)

    def _cancel(self, request_id: str) -> None:
        with self._lock:
            waited = request_id in self._waiting
            if waited:
                self._waiting.remove(request_id)
                self._owed.remove(request_id)
        if waited:
            error = {"type": "Cancelled", "message": "by the host", "traceback": ""}
            self._link.send(
                {"type": "failed", "id": request_id, "reason": "cancelled", "error": error}
            )
        else:
            late = f"too late to cancel {request_id}: it runs, is answered or was never asked"
            self._link.send({"type": "log", "level": "info", "text": late})
