"""The worker's life: load, answer, end."""

from __future__ import annotations

import time
from _thread import allocate_lock

from vlmhb_worker import messages, probe
from vlmhb_worker.inbox import Inbox
from vlmhb_worker.redaction import Redaction
from vlmhb_worker.wire import sendable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vlmhb_worker.backend import Backend, Progress
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
    redaction = Redaction(order["secrets"].values())
    stages = Stages(link, redaction)
    started_s = time.monotonic()
    try:
        backend, facts = load(order, stages, redaction)
    except BaseException as error:  # noqa: BLE001 - a model may raise anything; it becomes data
        from vlmhb_worker import failures

        stages.end()
        link.send({"type": "load_failed", "error": failures.error_record(error, redaction)})
        inbox.take_requests(1, wait=True)
        return
    stages.end()
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
    from vlmhb_worker.feed import Feed

    answer_all(backend, Feed(inbox, link, redaction, places_pages=backend.places_pages))


class Stages:
    """Tells the host how far loading is, until `end`; a model's threads may go on to call."""

    def __init__(self, link: Link, redaction: Redaction) -> None:
        self._link = link
        self._redaction = redaction
        self._lock = allocate_lock()
        self._is_over = False

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Say it, with numbers that may travel."""
        stage = sendable(self._redaction.text(str(stage)), messages.MAX_NAME_CHARS)
        message = {"type": "progress", "stage": stage, "done": _count(done), "total": _count(total)}
        with self._lock:
            if not self._is_over:
                self._link.send(message)

    def end(self) -> None:
        """Say nothing more: to the host, a model that still reports is one that still loads."""
        with self._lock:
            self._is_over = True


def load(
    order: Message, progress: Progress, redaction: Redaction
) -> tuple[Backend, dict[str, str]]:
    """The backend with its model loaded, and the facts it reports, without secrets.

    Raises whatever the backend raises.
    """
    import importlib

    from vlmhb_worker.backend import Backend, LoadJob

    module_name, _, class_name = order["backend"].partition(":")
    backend = getattr(importlib.import_module(module_name), class_name)()
    if not isinstance(backend, Backend):
        raise TypeError(f"{order['backend']} is no subclass of vlmhb_worker.backend.Backend")

    job = LoadJob(
        params=order["params"],
        scratch=order["scratch"],
        seed=order["seed"],
        weights=order["weights"],
        trust_remote_code=order["trust_remote_code"],
        secrets=order["secrets"],
    )
    facts = _checked_facts(backend.load(job, progress), redaction)
    size, window = backend.batch_size, backend.window
    if type(size) is not int or not 1 <= size <= messages.MAX_WINDOW:
        raise ValueError(f"batch_size is {size!r}, expected 1 to {messages.MAX_WINDOW}")
    if type(window) is not int or window < 0:
        raise ValueError(f"window is {window!r}, expected a whole number from 0")
    return backend, facts


def answer_all(backend: Backend, feed: Feed) -> None:
    """Let the backend answer until no more requests come.

    A backend that raises has lost its device or its engine: the process ends without a word on
    the wire, and the host asks another worker what this one owes.
    """
    import os
    import traceback

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


def _count(value: int) -> int:
    return min(max(0, int(value)), messages.MAX_INT)


def _checked_facts(facts: Any, redaction: Redaction) -> dict[str, str]:
    if not isinstance(facts, dict):
        raise TypeError(f"load returned a {type(facts).__name__}, expected a dict of facts")
    return {
        sendable(redaction.text(str(name)), messages.MAX_NAME_CHARS): sendable(
            redaction.text(str(value)), messages.MAX_MESSAGE_CHARS
        )
        for name, value in list(facts.items())[: messages.MAX_FACTS]
    }
