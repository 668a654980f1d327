"""The SGLang backend around an engine that needs no GPU: SGLang itself has no build for the CPU."""

import asyncio
import os
import pickle
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image
from vlmhb_worker.backend import LoadJob, Page, PageError, Reply, Request
from vlmhb_worker.backends.page_engine import checked_params
from vlmhb_worker.backends.sglang import DEFAULTS, Sglang, reply, sglang_arguments
from vlmhb_worker.backends.stderr_copy import EngineFailedError

from tests.worker.backends.feeds import ListFeed

PATIENCE_S = 60.0
"""Only a broken test waits this long."""

JOB = LoadJob({}, scratch="", seed=3, weights="/weights")
DONE = {
    "text": " 42\n",
    "meta_info": {
        "finish_reason": {"type": "stop", "matched": 2},
        "prompt_tokens": 30,
        "image_tokens": 20,
        "completion_tokens": 2,
    },
}


ABORTED = {"text": "", "meta_info": {"finish_reason": {"type": "abort", "message": "Aborted"}}}
TOO_LONG = {
    "text": "",
    "meta_info": {
        "finish_reason": {"type": "abort", "message": "Multimodal prompt is too long after all"}
    },
}


class CountdownEngine:
    """Streams as many chunks as the prompt says, or ends once three requests are there."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.aborted: set[str] = set()
        self.tokenizer_manager = SimpleNamespace(abort_request=self._abort)
        self._change = asyncio.Condition()
        self._meeting = 0

    async def async_generate(
        self, prompt: str, sampling_params: dict[str, Any], *, rid: str, **more: Any
    ) -> AsyncIterator[dict[str, Any]]:
        if prompt == "too long":
            raise ValueError("The input is longer than the model's context length (8 tokens).")
        if prompt == "refused":
            raise ValueError("temperature must be non-negative")
        if prompt == "dies":
            os.kill(os.getpid(), signal.SIGQUIT)
        if prompt == "meets two others":
            return self._meets()
        return self._waits(rid) if prompt in ("queued", "dies") else self._chunks(prompt, rid)

    async def _chunks(self, prompt: str, rid: str) -> AsyncIterator[dict[str, Any]]:
        for _ in range(0 if prompt == "too large" else int(prompt) - 1):
            if rid in self.aborted:
                break
            yield {"text": "", "meta_info": {"finish_reason": None}}
            await asyncio.sleep(0)
        yield TOO_LONG if prompt == "too large" else ABORTED if rid in self.aborted else DONE

    async def _meets(self) -> AsyncIterator[dict[str, Any]]:
        async with self._change:
            self._meeting += 1
            self._change.notify_all()
            await asyncio.wait_for(self._change.wait_for(lambda: self._meeting == 3), PATIENCE_S)
        yield DONE

    async def _waits(self, rid: str) -> AsyncIterator[dict[str, Any]]:
        async with self._change:
            await self._change.wait_for(lambda: rid in self.aborted)
        yield ABORTED

    def _abort(self, rid: str) -> None:
        self.aborted.add(rid)
        self.loop.create_task(self._tell())

    async def _tell(self) -> None:
        async with self._change:
            self._change.notify_all()


def serve(feed: ListFeed) -> CountdownEngine:
    backend = Sglang()
    engine = CountdownEngine()
    chat = SimpleNamespace(apply_chat_template=lambda asked, **_: asked[-1]["content"][-1]["text"])
    backend._engine, backend._processor, backend._ceiling = engine, chat, 0
    printed: Any = SimpleNamespace(failure=lambda error: error)
    backend._printed = printed
    try:
        backend.serve(feed)  # type: ignore[arg-type]
    finally:
        for task in asyncio.all_tasks(engine.loop):
            task.cancel()
        engine.loop.run_until_complete(engine.loop.shutdown_default_executor())
        engine.loop.close()
    return engine


def test_all_requests_are_in_the_engine_at_once():
    feed = ListFeed(*((f"r{n}", "meets two others") for n in range(3)))

    serve(feed)

    assert {"r0", "r1", "r2"} == feed.settled.keys()
    assert {"42"} == {result.text for result in feed.settled.values()}


@pytest.mark.parametrize(
    ("places_pages", "expected"), [(True, "a.<image>.b"), (False, "<image>.a<image 1>b")]
)
def test_pages_stand_at_their_marks_where_the_template_leaves_them(
    tmp_path: Path, places_pages: bool, expected: str
):
    Image.new("RGB", (8, 8)).save(tmp_path / "page.png")
    page = Page("1", str(tmp_path / "page.png"))
    backend = Sglang()
    processor: Any = SimpleNamespace(
        apply_chat_template=lambda asked, **_: ".".join(
            part.get("text", "<image>") for part in asked[-1]["content"]
        )
    )
    backend._processor, backend.places_pages = processor, places_pages

    prepared = backend._prepare(Request("r", "a<image 1>b", "", (page,), page_marks=True))

    assert (expected, 1) == (prepared.text, len(prepared.pages))


def test_a_request_that_the_engine_refuses_fails_alone():
    feed = ListFeed(("bad", "refused"), ("good", "1"))

    serve(feed)

    assert isinstance(feed.settled["bad"], ValueError)
    assert isinstance(feed.settled["good"], Reply)


@pytest.mark.parametrize("prompt", ["too long", "too large"])
def test_a_request_that_is_too_long_is_the_inputs_fault(prompt: str):
    feed = ListFeed(("long", prompt))

    serve(feed)

    assert isinstance(feed.settled["long"], PageError)
    assert "params.max_model_len" in str(feed.settled["long"])


@pytest.mark.parametrize("prompt", ["1000000000", "queued"])
def test_a_cancelled_request_is_taken_out_of_the_engine(prompt: str):
    feed = ListFeed(("endless", prompt), ("short", "2"), cancel="endless")

    engine = serve(feed)

    assert {"endless"} == engine.aborted
    assert isinstance(feed.settled["endless"], RuntimeError)
    assert isinstance(feed.settled["short"], Reply)


def test_an_engine_that_dies_ends_the_serving_and_leaves_its_requests_unsettled():
    feed = ListFeed(("owed", "queued"), ("last", "dies"))

    with pytest.raises(EngineFailedError, match="a process of the engine ended"):
        serve(feed)

    assert {} == feed.settled


def test_what_is_not_set_is_left_to_sglang():
    arguments = sglang_arguments(DEFAULTS, JOB)

    assert "/weights" == arguments["model_path"]
    assert 3 == arguments["random_seed"]
    assert not {"context_length", "mem_fraction_static"} & arguments.keys()


def test_params_become_arguments_of_the_engine():
    params = checked_params({"max_model_len": 4096, "gpu_memory_utilization": 0.8}, DEFAULTS)

    arguments = sglang_arguments(params, JOB)

    assert 4096 == arguments["context_length"]
    assert 0.8 == arguments["mem_fraction_static"]


def test_the_arguments_reach_processes_that_cannot_import_the_worker():
    sent = pickle.dumps(sglang_arguments(DEFAULTS, JOB))

    assert b"vlmhb_worker" not in sent


def test_a_reply_counts_text_and_pages_apart():
    assert reply(DONE, 0.25, 0.5, 2.0) == Reply(
        "42",
        finish_reason="stop",
        prompt_tokens=10,
        image_tokens=20,
        completion_tokens=2,
        preprocess_s=0.25,
        first_token_s=0.5,
        generate_s=2.0,
    )


@pytest.mark.parametrize(
    "last", [{}, {"text": "", "meta_info": {"finish_reason": {"type": "abort"}}}]
)
def test_an_answer_that_the_engine_gave_up_is_a_failure(last: dict[str, Any]):
    assert isinstance(reply(last, 0.0, 0.0, 0.0), RuntimeError)
