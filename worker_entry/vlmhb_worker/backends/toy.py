"""A model without a model: its answers depend on nothing but the request.

It needs no package, so it shows what the machinery costs, and it can be told to go wrong.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
import time
from typing import Any, Iterator

from vlmhb_worker.backend import Backend, LoadJob, Page, PageFileError, Progress, Reply, Request
from vlmhb_worker.backends import toy_faults


class ToyBackend(Backend):
    """Answers "toy " and 16 hex digits over the prompt and the pages.

    Params, all optional:
        delay_s: how long the model "computes" per request; also the time it reports.
        measured: report how long it did take instead.
        batch_size, window: as in `Backend`.
        answers: {needle: text} instead of the digits.
        gates: {needle: a FIFO that holds the answer back until somebody writes there}.
        faults: {needle: name in toy_faults.ANSWERS or toy_faults.REPLIES}.
        load_fault: a name in toy_faults.ANSWERS, for `load`.
        memory_pages: how many pages a batch may have before memory runs out.
        once: a file; faults happen while it is not there, and put it there.
        weights_file: a file in the weights' folder, whose digest becomes a fact.
        hold: a file kept open for writing by this process and every child it starts.
    A needle is looked for in the prompt and in the pages' paths; the first that is found counts.
    """

    def load(self, job: LoadJob, progress: Progress) -> dict[str, str]:
        """Read the params; nothing takes time."""
        params = job.params
        self._delay_s = float(params.get("delay_s", 0.0))
        self._is_measured: bool = params.get("measured", False)
        self.batch_size = params.get("batch_size", 1)
        self.window = params.get("window", 0)
        self._answers: dict[str, str] = params.get("answers", {})
        self._gates: dict[str, str] = params.get("gates", {})
        self._faults: dict[str, str] = params.get("faults", {})
        self._once: str = params.get("once", "")
        self._memory_pages: float = params.get("memory_pages", float("inf"))
        self._late: list[tuple[str, Any]] = []
        if "hold" in params:
            os.set_inheritable(os.open(params["hold"], os.O_WRONLY), True)  # noqa: FBT003
        toy_faults.SECRETS.update(job.secrets)
        progress("toy", 1, 1)
        if "load_fault" in params and self._may_fail():
            toy_faults.ANSWERS[params["load_fault"]]()
        facts = {"model": "toy", "seed": str(job.seed)}
        if "weights_file" in params:
            with open(os.path.join(job.weights, params["weights_file"]), "rb") as file:
                facts["weights"] = hashlib.sha256(file.read()).hexdigest()
        for name, value in job.secrets.items():
            facts[f"sha256 of {name}"] = hashlib.sha256(value.encode()).hexdigest()
        return facts

    def answer(self, request: Request) -> Reply:
        """The answer, after `delay_s` and whatever fault the request asks for."""
        toy_faults.raise_if_broken()
        began_s = time.monotonic()
        if self._delay_s:
            threading.Event().wait(self._delay_s)
        took_s = time.monotonic() - began_s if self._is_measured else self._delay_s
        gate = _lookup(self._gates, request)
        if gate is not None:
            with open(gate, "rb") as file:
                file.read()
        fault = _lookup(self._faults, request)
        if fault in toy_faults.ANSWERS and self._may_fail():
            toy_faults.ANSWERS[fault]()
        text = _lookup(self._answers, request)
        reply = Reply(
            text=_digits(request) if text is None else text,
            prompt_tokens=len(request.prompt.split()),
            preprocess_s=0.0,
            generate_s=took_s,
        )
        return toy_faults.REPLIES[fault](reply) if fault in toy_faults.REPLIES else reply

    def _may_fail(self) -> bool:
        if not self._once:
            return True
        with contextlib.suppress(FileExistsError):
            os.close(os.open(self._once, os.O_CREAT | os.O_EXCL))
            return True
        return False

    def answer_batch(self, requests: list[Request]) -> Iterator[tuple[str, Any]]:
        """As `Backend`, with the faults that concern ids and whole batches."""
        if self._memory_pages < sum(len(request.pages) for request in requests):
            raise toy_faults.OutOfMemoryError("the GPU is full")
        yield from self._late
        self._late = []
        for request_id, result in super().answer_batch(requests):
            request = next(item for item in requests if item.id == request_id)
            fault = _lookup(self._faults, request)
            if fault == "never":
                continue
            yield ("somebody-else" if fault == "wrong_id" else request_id), result
            if fault == "twice":
                yield request_id, result
            if fault == "late":
                self._late.append((request_id, result))


def _lookup(table: dict[str, str], request: Request) -> str | None:
    texts = (request.prompt, *(page.path for page in request.pages))
    return next((table[key] for key in table if any(key in text for text in texts)), None)


def _content(page: Page, name: str) -> bytes | memoryview:
    if page.content is not None:
        return page.content
    try:
        with open(page.path, "rb") as file:
            return file.read()
    except OSError as error:
        raise PageFileError(f"{name}: {error.strerror}") from error


def _digits(request: Request) -> str:
    digest = hashlib.sha256(request.prompt.encode())
    for page in request.pages:
        name = os.path.basename(page.path)
        digest.update(name.encode())
        digest.update(_content(page, name))
    return "toy " + digest.hexdigest()[:16]
