"""Feeds for backends that serve by themselves."""

import threading
from typing import Any

from vlmhb_worker.backend import Request


class ListFeed:
    """A feed that has all its requests; `cancel` names those that are cancelled while they run."""

    def __init__(self, *requests: tuple[str, str], cancel: str = "") -> None:
        self._waiting = [Request(name, prompt, "", ()) for name, prompt in requests]
        self._cancelled = cancel
        self._lock = threading.Lock()
        self.is_stopping = False
        self.settled: dict[str, Any] = {}

    def take(self, limit: int, *, wait: bool) -> list[Request]:
        with self._lock:
            taken, self._waiting = self._waiting[:limit], self._waiting[limit:]
        return taken

    def settle(self, request_id: str, result: Any) -> None:
        assert request_id not in self.settled
        self.settled[request_id] = result

    def is_cancelled(self, request_id: str) -> bool:
        return request_id == self._cancelled
