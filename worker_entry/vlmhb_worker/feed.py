"""The requests, as a backend takes and settles them."""

from __future__ import annotations

from vlmhb_worker import outcomes
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

    def __init__(self, inbox: Inbox, link: Link, redaction: Redaction = NOTHING) -> None:
        self._inbox = inbox
        self._link = link
        self._redaction = redaction

    def take(self, limit: int, *, wait: bool) -> list[Request]:
        """At most `limit` requests, in the order they came.

        With `wait` at least one, or none when no more come; without it none when none wait.
        """
        return [request_of(order) for order in self._inbox.take_requests(limit, wait=wait)]

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
        message = outcomes.outcome(request_id, result, self._redaction)
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
    )
