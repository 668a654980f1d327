"""The requests, as a backend takes and settles them."""

from __future__ import annotations

from vlmhb_worker import outcomes, placed
from vlmhb_worker.backend import Generation, Page, Request
from vlmhb_worker.redaction import NOTHING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vlmhb_worker.inbox import Inbox
    from vlmhb_worker.link import Link
    from vlmhb_worker.redaction import Redaction
    from vlmhb_worker.wire import Message


class Feed:
    """What the host asks, and where the answers go. Every method may be called from any thread."""

    def __init__(
        self,
        inbox: Inbox,
        link: Link,
        redaction: Redaction = NOTHING,
        *,
        places_pages: bool = False,
    ) -> None:
        """`places_pages` is the backend's; without it answers that miss it are marked."""
        self._inbox = inbox
        self._link = link
        self._redaction = redaction
        self._places_pages = places_pages
        self._unplaced: set[str] = set()
        """Ids of requests whose marks the backend leaves alone, until they are settled."""

    def take(self, limit: int, *, wait: bool) -> list[Request]:
        """At most `limit` requests, in the order they came.

        With `wait` at least one, or none when no more come; without it none when none wait.
        """
        taken = [request_of(order) for order in self._inbox.take_requests(limit, wait=wait)]
        if not self._places_pages:
            self._unplaced.update(request.id for request in taken if placed.has_marks(request))
        return taken

    @property
    def is_over(self) -> bool:
        """True when no more requests will come."""
        return self._inbox.is_over

    @property
    def is_stopping(self) -> bool:
        """True when the running batch is to be the last: what was taken and waits is not wanted."""
        return self._inbox.is_stopping

    def settle(self, request_id: Any, result: Any) -> None:
        """Send what came of a request, a `Reply` or an exception, once.

        Nothing is sent for a request that was cancelled meanwhile: the host knows already.
        """
        is_unplaced = isinstance(request_id, str) and request_id in self._unplaced
        marks = (placed.NOT_PLACED,) if is_unplaced else ()
        message = outcomes.outcome(request_id, result, self._redaction, marks)
        self._unplaced.discard(message["id"])
        if self._inbox.settle(message["id"]):
            self._link.send(message)

    def is_cancelled(self, request_id: str) -> bool:
        """True when nobody waits for this answer any more; work on it may stop."""
        return self._inbox.is_cancelled(request_id)


def request_of(order: Message) -> Request:
    """A checked `request` message as backends see it."""
    wanted = order["generation"]
    return Request(
        id=order["id"],
        prompt=order["prompt"],
        system_prompt=order["system_prompt"],
        pages=tuple(
            Page(page["sha256"], page["path"] or "", page["content"]) for page in order["pages"]
        ),
        generation=Generation(**{**wanted, "stop": tuple(wanted["stop"])}),
        page_marks=order["page_marks"],
    )
