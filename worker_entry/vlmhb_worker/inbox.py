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
EXIT_READER_BROKE = 71
EXIT_PROTOCOL = 76


class Inbox:
    """Orders in the order they came."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._orders: SimpleQueue[Message | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._waiting: dict[str, Message] = {}
        self._running: set[str] = set()
        self._cancelled: set[str] = set()
        self._window = 0
        self._load_asked = False
        self._ending = False
        self.is_stopping = False
        """True when the running batch is to be the last."""
        self.is_over = False
        """True when a taker was told that no more requests come."""

    def start(self) -> None:
        """Begin to read."""
        threading.Thread(target=self._read, name="inbox", daemon=True).start()

    def open(self, window: int) -> None:
        """Accept up to `window` unanswered requests."""
        self._window = window

    def take_load(self) -> Message | None:
        """The order to load, once it comes; None when the end comes first."""
        return self._orders.get()

    def take_requests(self, limit: int, *, wait: bool) -> list[Message]:
        """The requests that wait, at most `limit`.

        With `wait` at least one, or none at the end; without it none when none wait.
        """
        batch: list[Message] = []
        while len(batch) < limit and not self.is_stopping:
            try:
                order = self._orders.get(block=wait and not batch)
            except Empty:
                break
            if order is None:
                self._orders.put(None)  # for the next who looks
                self.is_over = True
                break
            with self._lock:
                if self._waiting.get(order["id"]) is order:  # else it was cancelled
                    del self._waiting[order["id"]]
                    self._running.add(order["id"])
                    batch.append(order)
        if self.is_stopping:
            self.is_over = True
            return []
        return batch

    def settle(self, request_id: str) -> bool:
        """Note an answer; False when it was cancelled and is not to be sent.

        Before it is sent: the host may ask again the moment it has it.
        """
        with self._lock:
            self._running.discard(request_id)
            if request_id in self._cancelled:
                self._cancelled.remove(request_id)
                return False
            return True

    def is_cancelled(self, request_id: str) -> bool:
        """True when it runs and nobody waits for its answer."""
        return request_id in self._cancelled

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
        except BaseException:  # noqa: BLE001 - without its reader the worker would be deaf for good
            _leave_a_traceback()
        if not self._ending:
            os._exit(EXIT_HOST_GONE)

    def _sort(self, kind: str, message: Message) -> None:
        if kind == "ping":
            self._link.send_first({"type": "pong", "nonce": message["nonce"]})
        elif kind == "cancel":
            self._cancel(message["id"])
        elif kind == "request":
            self._accept(message)
        elif kind == "load":
            self._accept_load(message)
        else:
            self._ending = True
            self.is_stopping = kind == "shutdown"
            self._orders.put(None)

    def _accept_load(self, message: Message) -> None:
        if self._load_asked:
            raise ProtocolError("a second load")
        self._load_asked = True
        self._orders.put(message)

    def _accept(self, message: Message) -> None:
        request_id = message["id"]
        for page in message["pages"]:
            buffer = page.pop("buffer")
            if buffer is None and page["path"] is None:
                raise ProtocolError(f"request {request_id}: a page without path and buffer")
            page["content"] = None if buffer is None else self._link.content(buffer)
        with self._lock:
            if self._ending:
                raise ProtocolError(f"request {request_id} after drain or shutdown")
            if any(request_id in ids for ids in (self._waiting, self._running, self._cancelled)):
                raise ProtocolError(f"request {request_id} while it is unanswered or cancelled")
            if len(self._waiting) + len(self._running) >= self._window:
                raise ProtocolError(f"request {request_id} beyond the window of {self._window}")
            self._waiting[request_id] = message
        self._orders.put(message)

    def _cancel(self, request_id: str) -> None:
        """Answer for the request at once, whatever it is doing."""
        with self._lock:
            is_owed = self._waiting.pop(request_id, None) is not None
            if request_id in self._running:
                self._running.remove(request_id)
                self._cancelled.add(request_id)
                is_owed = True
        if is_owed:
            error = {"type": "Cancelled", "message": "by the host", "traceback": ""}
            self._link.send_first(
                {"type": "failed", "id": request_id, "reason": "cancelled", "error": error}
            )
        else:
            late = f"too late to cancel {request_id}: it is answered or was never asked"
            self._link.send_first({"type": "log", "level": "info", "text": late})


def _leave_a_traceback() -> None:
    try:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(EXIT_READER_BROKE)
