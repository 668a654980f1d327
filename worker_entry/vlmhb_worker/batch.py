"""The usual way to serve: take what waits, up to a batch, answer it, take the next."""

from __future__ import annotations

import dataclasses

from vlmhb_worker import failures
from vlmhb_worker.backend import InvalidReplyError, Reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from vlmhb_worker.backend import Backend, Request
    from vlmhb_worker.feed import Feed


NO_REPLY = "the backend gave no reply to this request"
KEPT_BATCHES = 32
"""So many batches are small after one for which memory ran out; then twice as many rows are tried.
Pages differ: what was too large for a few long documents may do for the rest."""


class Size:
    """How many requests the next batch may have."""

    def __init__(self, most: int) -> None:
        self.now = most
        self._most = most
        self._left = 0

    def ran_out(self, rows: int) -> None:
        """Memory did not do for so many."""
        self.now = max(1, rows // 2)
        self._left = KEPT_BATCHES

    def went_on(self) -> None:
        """One more batch is done."""
        self._left -= 1
        if self._left <= 0:
            self.now = min(self._most, 2 * self.now)
            self._left = KEPT_BATCHES


def serve(backend: Backend, feed: Feed) -> None:
    """Answer until no more requests come."""
    size = Size(backend.batch_size)
    while True:
        batch = feed.take(size.now, wait=True)
        if not batch:
            return
        answer(backend, batch, feed, size)
        size.went_on()


def answer(
    backend: Backend, batch: list[Request], feed: Feed, size: Size, asked_rows: int = 0
) -> None:
    """Settle each answer as the backend yields it, and one failure for each that it owes.

    When memory runs out the rest runs again in halves, or smaller where that proved to be too much,
    and says so: `asked_rows` is how many it was tried with. When a batch raises anything else,
    nobody knows which request is to blame: the rest run again, each alone, as far as somebody still
    waits for them.

    Raises:
        DeviceLostError: this process can answer nothing any more.
    """
    owed = {request.id: request for request in batch}
    rows = len(batch)

    def settle(request_id: Any, result: Any) -> None:
        failures.raise_if_device_lost(result)
        owed.pop(request_id, None)
        if asked_rows > rows and isinstance(result, Reply):
            mark = f"batch_size {asked_rows} -> {rows}"
            result = dataclasses.replace(result, degraded=(*result.degraded, mark))
        feed.settle(request_id, result)

    failure = _stream(backend, batch, settle)
    if failure is not None and len(owed) > 1:
        failures.raise_if_device_lost(failure)
        step, asked = 1, asked_rows
        if failures.is_out_of_memory(failure):
            failures.release(failure)
            size.ran_out(rows)
            step, asked = (len(owed) + 1) // 2, asked_rows or rows
        left = list(owed.values())
        while left:
            step = min(step, size.now)  # which the part before may have made smaller
            part, left = left[:step], left[step:]
            part = [one for one in part if not _is_dropped(one, feed)]
            if part and not feed.is_stopping:
                answer(backend, part, feed, size, asked)
        return
    for request_id in tuple(owed):
        settle(request_id, failure or InvalidReplyError(NO_REPLY))


def _is_dropped(request: Request, feed: Feed) -> bool:
    """Whether nobody waits for it any more; then it is settled."""
    if not feed.is_cancelled(request.id):
        return False
    feed.settle(request.id, RuntimeError("cancelled"))
    return True


def _stream(
    backend: Backend, batch: list[Request], settle: Callable[[Any, Any], None]
) -> BaseException | None:
    """Settle what the backend yields; what it raised, if it did."""
    try:
        answers = iter(backend.answer_batch(list(batch)))
    except BaseException as error:  # noqa: BLE001 - as below
        return error
    while True:
        try:
            request_id, result = next(answers)
        except StopIteration:
            return None
        except BaseException as error:  # noqa: BLE001 - a model may raise anything, also SystemExit
            return error
        settle(request_id, result)
