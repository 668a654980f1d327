"""Serving through an engine that works on many requests at once: every one that came is in it."""

import queue
import threading
from typing import TYPE_CHECKING, Any, Iterator, Optional, Set, Tuple, Union

from vlmhb_worker.backend import Reply, Request

if TYPE_CHECKING:
    from vlmhb_worker.feed import Feed

Result = Union[Reply, Exception]
Ready = Union[Tuple[str, Any], BaseException, None]
"""(request id, what the engine takes), what ended the preparation, or its regular end."""


class Engine:
    """What an engine has to do. All but `prepare` is called from one thread."""

    def prepare(self, request: Request) -> Any:
        """The request as the engine takes it; called ahead, from a thread of its own."""
        raise NotImplementedError

    def admit(self, prepared: Any) -> Optional[Exception]:
        """Take it up; the exception says why not. One that is raised ends the worker."""
        raise NotImplementedError

    def abort(self, request_id: str) -> None:
        """Forget a request that was taken up."""
        raise NotImplementedError

    def step(self) -> Iterator[Tuple[str, Result]]:
        """Work on what was taken up; yield what is complete. What is raised ends the worker."""
        raise NotImplementedError


class InFlight:
    """The requests that the engine works on, between the feed and the engine."""

    def __init__(self, engine: Engine, feed: "Feed") -> None:
        self._engine = engine
        self._feed = feed
        self._ready: queue.SimpleQueue[Ready] = queue.SimpleQueue()
        self._running: Set[str] = set()
        self._more_may_come = True

    def serve(self) -> None:
        """Settle every request of the feed; the next are prepared while the engine works."""
        threading.Thread(target=self._prepare_all, name="prepare", daemon=True).start()
        while self._more_may_come or self._running:
            while self._more_may_come and not (self._running and self._ready.empty()):
                self._admit(self._ready.get())
            self._drop_cancelled()
            if self._running:
                for request_id, result in self._engine.step():
                    if request_id in self._running:
                        self._running.remove(request_id)
                        self._feed.settle(request_id, result)

    def _prepare_all(self) -> None:
        try:
            for (request,) in iter(lambda: self._feed.take(1, wait=True), []):
                try:
                    self._ready.put((request.id, self._engine.prepare(request)))
                except Exception as error:  # noqa: BLE001 - a model's processor may raise anything
                    self._feed.settle(request.id, error)
            self._ready.put(None)
        except BaseException as error:  # noqa: BLE001 - raised again by the thread that serves
            self._ready.put(error)

    def _admit(self, ready: Ready) -> None:
        if isinstance(ready, BaseException):
            raise ready
        if ready is None:
            self._more_may_come = False
            return
        request_id, prepared = ready
        refusal = self._engine.admit(prepared)
        if refusal is None:
            self._running.add(request_id)
        else:
            self._feed.settle(request_id, refusal)

    def _drop_cancelled(self) -> None:
        for request_id in [name for name in self._running if self._feed.is_cancelled(name)]:
            self._engine.abort(request_id)
            self._running.remove(request_id)
            self._feed.settle(request_id, RuntimeError("cancelled"))
