"""The worker's life: load, answer, end."""

from __future__ import annotations

import time

from vlmhb_worker import messages, probe
from vlmhb_worker.inbox import Inbox
from vlmhb_worker.wire import sendable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vlmhb_worker.backend import Backend
    from vlmhb_worker.feed import Feed
    from vlmhb_worker.link import Link
    from vlmhb_worker.wire import Message

EXIT_BACKEND_BROKE = 70


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
        inbox.take_requests(1, wait=True)
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

    job = LoadJob(
        params=order["params"],
        scratch=order["scratch"],
        seed=order["seed"],
        weights=order["weights"],
        trust_remote_code=order["trust_remote_code"],
        secrets=order["secrets"],
    )
    facts = _checked_facts(backend.load(job, progress))
    size = backend.batch_size
    if type(size) is not int or not 1 <= size <= messages.MAX_WINDOW:
        raise ValueError(f"batch_size is {size!r}, expected 1 to {messages.MAX_WINDOW}")
    return backend, facts


def answer_all(backend: Backend, inbox: Inbox, link: Link) -> None:
    """Let the backend answer until no more requests come.

    A backend that raises has lost its device or its engine: the process ends without a word on
    the wire, and the host asks another worker what this one owes.
    """
    import os
    import traceback

    from vlmhb_worker.feed import Feed

    feed = Feed(inbox, link)
    try:
        backend.serve(feed)
        _require_end(feed)
        backend.close()
    except BaseException:  # noqa: BLE001 - a model may raise anything, also SystemExit
        traceback.print_exc()
        os._exit(EXIT_BACKEND_BROKE)


def _require_end(feed: Feed) -> None:
    if not feed.is_over:
        raise RuntimeError("the backend stopped serving while requests may still come")


def _checked_facts(facts: Any) -> dict[str, str]:
    if not isinstance(facts, dict):
        raise TypeError(f"load returned a {type(facts).__name__}, expected a dict of facts")
    return {
        sendable(str(name), messages.MAX_NAME_CHARS): sendable(
            str(value), messages.MAX_MESSAGE_CHARS
        )
        for name, value in list(facts.items())[: messages.MAX_FACTS]
    }
