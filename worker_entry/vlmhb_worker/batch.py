"""The usual way to serve: take what waits, up to a batch, answer it, take the next."""

from __future__ import annotations

from vlmhb_worker import failures
from vlmhb_worker.backend import InvalidReplyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from vlmhb_worker.backend import Backend, Request
    from vlmhb_worker.feed import Feed


NO_REPLY = "the backend gave no reply to this request"


def serve(backend: Backend, feed: Feed) -> None:
    """Answer until no more requests come."""
    while True:
        batch = feed.take(backend.batch_size, wait=True)
        if not batch:
            return
        answer(backend, batch, feed)


def answer(backend: Backend, batch: list[Request], feed: Feed) -> None:
    """Settle each answer as the backend yields it, and one failure for each that it owes.

    When a batch raises, nobody knows which request is to blame: the rest run again, each alone,
    as far as somebody still waits for them.

    Raises:
        DeviceLostError: this process can answer nothing any more.
    """
    owed = {request.id: request for request in batch}

    def settle(request_id: Any, result: Any) -> None:
        failures.raise_if_device_lost(result)
        owed.pop(request_id, None)
        feed.settle(request_id, result)

    failure = _stream(backend, batch, settle)
    if failure is not None and len(owed) > 1:
        failures.raise_if_device_lost(failure)
        for request in tuple(owed.values()):
            if feed.is_stopping:
                return
            if feed.is_cancelled(request.id):
                settle(request.id, failure)
            else:
                answer(backend, [request], feed)
        return
    for request_id in tuple(owed):
        settle(request_id, failure or InvalidReplyError(NO_REPLY))


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
