"""The worker's life: load, answer, end."""

from __future__ import annotations

import time

from vlmhb_worker import messages, probe
from vlmhb_worker.inbox import Inbox
from vlmhb_worker.wire import sendable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vlmhb_worker.backend import Backend, Request
    from vlmhb_worker.link import Link
    from vlmhb_worker.wire import Message


def serve(link: Link) -> None:
    """Talk to the host, after the greeting, until it says that this is the end."""
    inbox = Inbox(link)
    inbox.start()
    order = inbox.take_load()
    if order is None:
        return
    started_s = time.monotonic()
    try:
        backend, facts = load(order, link)
    except BaseException as error:  # noqa: BLE001 - a model may raise anything; it becomes data
        from vlmhb_worker import failures

        link.send({"type": "load_failed", "error": failures.error_record(error)})
        inbox.take_requests(1)
        return
    window = min(max(backend.window, 2 * backend.batch_size), messages.MAX_WINDOW)
    inbox.open(window)
    link.send(
        {
            "type": "loaded",
            "load_s": time.monotonic() - started_s,
            "window": window,
            "batch_size": backend.batch_size,
            "gpu_memory_bytes": probe.gpu_memory_bytes(),
            "facts": facts,
        }
    )
    answer_all(backend, inbox, link)


def load(order: Message, link: Link) -> tuple[Backend, dict[str, str]]:
    """The backend with its model loaded, and the facts it reports.

    Raises whatever the backend raises.
    """
    import importlib

    from vlmhb_worker.backend import Backend, LoadJob

    module_name, _, class_name = order["backend"].partition(":")
    backend = getattr(importlib.import_module(module_name), class_name)()
    if not isinstance(backend, Backend):
        raise TypeError(f"{order['backend']} is no subclass of vlmhb_worker.backend.Backend")

    def progress(stage: str, done: int, total: int) -> None:
        stage = sendable(str(stage), messages.MAX_NAME_CHARS)
        link.send({"type": "progress", "stage": stage, "done": int(done), "total": int(total)})

    job = LoadJob(params=order["params"], scratch=order["scratch"], seed=order["seed"])
    facts = _checked_facts(backend.load(job, progress))
    size = backend.batch_size
    if type(size) is not int or not 1 <= size <= messages.MAX_WINDOW:
        raise ValueError(f"batch_size is {size!r}, expected 1 to {messages.MAX_WINDOW}")
    return backend, facts


def answer_all(backend: Backend, inbox: Inbox, link: Link) -> None:
    """Answer until no more requests come."""
    from vlmhb_worker.backend import Request

    while True:
        batch = [
            Request(
                id=order["id"],
                prompt=order["prompt"],
                system_prompt=order["system_prompt"],
                images=tuple(image["path"] for image in order["images"]),
                generation=order["generation"],
            )
            for order in inbox.take_requests(backend.batch_size)
        ]
        if not batch:
            return
        answer_batch(backend, batch, inbox, link)


def answer_batch(backend: Backend, batch: list[Request], inbox: Inbox, link: Link) -> None:
    """Send each answer as the backend yields it, and one failure for each that it owes.

    When a batch raises, nobody knows which request is to blame: the rest run again, each alone.
    """
    from vlmhb_worker import outcomes

    owed = {request.id: request for request in batch}

    def send(request_id: Any, result: Any) -> None:
        message = outcomes.outcome(request_id, result)
        owed.pop(message["id"], None)
        inbox.settle(message["id"])
        link.send(message)

    failure = _stream(backend, batch, send)
    if failure is not None and len(owed) > 1:
        for request in tuple(owed.values()):
            answer_batch(backend, [request], inbox, link)
        return
    for request_id in tuple(owed):
        send(request_id, failure or outcomes.ReplyMissingError())


def _stream(backend: Backend, batch: list[Request], send: Any) -> BaseException | None:
    """Send what the backend yields; what it raised, if it did."""
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
        send(request_id, result)


def _checked_facts(facts: Any) -> dict[str, str]:
    if not isinstance(facts, dict):
        raise TypeError(f"load returned a {type(facts).__name__}, expected a dict of facts")
    return {
        sendable(str(name), messages.MAX_NAME_CHARS): sendable(
            str(value), messages.MAX_MESSAGE_CHARS
        )
        for name, value in list(facts.items())[: messages.MAX_FACTS]
    }
