"""The SGLang backend around an engine that needs no GPU: SGLang itself has no build for the CPU."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from vlmhb_worker.backend import Generation, Page, Reply, Request
from vlmhb_worker.backends.page_engine import checked_params
from vlmhb_worker.backends.sglang import (
    DEFAULTS,
    Sglang,
    conversation,
    engine_arguments,
    reply,
    sampling,
)

from tests.worker.backends.feeds import ListFeed

DONE = {
    "text": " 42\n",
    "meta_info": {
        "finish_reason": {"type": "stop", "matched": 2},
        "prompt_tokens": 30,
        "image_tokens": 20,
        "completion_tokens": 2,
    },
}


class CountdownEngine:
    """Streams as many chunks as the prompt says; `most` is how many requests ran at once."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.aborted: list[str] = []
        self.tokenizer_manager = SimpleNamespace(abort_request=self._abort)
        self._running = 0
        self.most = 0

    async def async_generate(
        self, prompt: str, sampling_params: dict[str, Any], **more: Any
    ) -> AsyncIterator[dict[str, Any]]:
        if prompt == "too long":
            raise ValueError("too long")
        return self._chunks(int(prompt))

    async def _chunks(self, count: int) -> AsyncIterator[dict[str, Any]]:
        self._running += 1
        self.most = max(self.most, self._running)
        for _ in range(count - 1):
            yield {"text": "", "meta_info": {"finish_reason": None}}
            await asyncio.sleep(0)
        self._running -= 1
        yield DONE

    def _abort(self, rid: str) -> None:
        self.aborted.append(rid)


def serve(feed: ListFeed) -> CountdownEngine:
    backend = Sglang()
    engine = CountdownEngine()
    chat = SimpleNamespace(apply_chat_template=lambda asked, **_: asked[-1]["content"][-1]["text"])
    backend._engine, backend._processor, backend._ceiling = engine, chat, 0
    try:
        backend.serve(feed)  # type: ignore[arg-type]
    finally:
        engine.loop.run_until_complete(engine.loop.shutdown_default_executor())
        engine.loop.close()
    return engine


def test_all_requests_are_in_the_engine_at_once():
    feed = ListFeed(*((f"r{n}", "300") for n in range(3)))

    engine = serve(feed)

    assert 3 == engine.most
    assert {"42"} == {result.text for result in feed.settled.values()}


def test_a_request_that_the_engine_refuses_fails_alone():
    feed = ListFeed(("bad", "too long"), ("good", "1"))

    serve(feed)

    assert isinstance(feed.settled["bad"], ValueError)
    assert isinstance(feed.settled["good"], Reply)


def test_a_cancelled_request_is_taken_out_of_the_engine():
    feed = ListFeed(("endless", "1000000000"), ("short", "2"), cancel="endless")

    engine = serve(feed)

    assert ["endless"] == engine.aborted
    assert isinstance(feed.settled["short"], Reply)


def test_what_is_not_set_is_left_to_sglang():
    arguments = engine_arguments(DEFAULTS, "/weights", seed=3)

    assert "/weights" == arguments["model_path"]
    assert not {"context_length", "mem_fraction_static"} & arguments.keys()


def test_params_become_arguments_of_the_engine():
    params = checked_params({"max_model_len": 4096, "gpu_memory_utilization": 0.8}, DEFAULTS)

    arguments = engine_arguments(params, "/weights", seed=0)

    assert 4096 == arguments["context_length"]
    assert 0.8 == arguments["mem_fraction_static"]


def test_a_conversation_has_a_place_for_each_page():
    pages = [Page("0" * 64, "/a.png"), Page("1" * 64, "/b.png")]

    system, user = conversation(Request("r", "Total?", "Be brief.", pages))

    assert [{"type": "text", "text": "Be brief."}] == system["content"]
    assert ["image", "image", "text"] == [part["type"] for part in user["content"]]


@pytest.mark.parametrize(("asked", "ceiling", "given"), [(64, 0, 64), (64, 16, 16), (8, 16, 8)])
def test_the_ceiling_shortens_answers_and_never_lengthens_them(
    asked: int, ceiling: int, given: int
):
    assert given == sampling(Generation(max_new_tokens=asked), ceiling)["max_new_tokens"]


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
