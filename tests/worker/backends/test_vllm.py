"""The parts of the vLLM backend that need no engine."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image
from vlmhb_worker.backend import Generation, Page, PageError, Reply, Request
from vlmhb_worker.backends.page_engine import checked_params
from vlmhb_worker.backends.vllm import (
    DEFAULTS,
    Prepared,
    conversation,
    engine_arguments,
    pixel_limits,
    reply,
    sampling,
)

ASKED = Request("r", "Total?", "Be brief.", ())


def test_what_is_not_set_is_left_to_vllm():
    arguments = engine_arguments(DEFAULTS, "/weights", seed=3)

    assert "/weights" == arguments["model"]
    assert 3 == arguments["seed"]
    assert {"image": 16, "video": 0} == arguments["limit_mm_per_prompt"]
    assert not {"max_model_len", "kv_cache_memory_bytes"} & arguments.keys()


def test_params_become_arguments_of_the_engine():
    params = checked_params({"max_model_len": 4096, "kv_cache_gib": 0.5}, DEFAULTS)

    arguments = engine_arguments(params, "/weights", seed=0)

    assert 4096 == arguments["max_model_len"]
    assert 2**29 == arguments["kv_cache_memory_bytes"]


def test_a_conversation_has_the_system_prompt_the_pages_and_the_question(tmp_path: Path):
    for name in ("a.png", "b.png"):
        Image.new("RGB", (4 if name == "a.png" else 8, 4)).save(tmp_path / name)
    pages = [Page("0" * 64, str(tmp_path / name)) for name in ("a.png", "b.png")]

    system, user = conversation(Request("r", "Total?", "Be brief.", pages))

    assert {"role": "system", "content": "Be brief."} == system
    assert "user" == user["role"]
    *shown, question = user["content"]
    assert [(4, 4), (8, 4)] == [part["image_pil"].size for part in shown]
    assert {"type": "text", "text": "Total?"} == question


def test_without_a_system_prompt_there_is_no_system_message():
    assert ["user"] == [message["role"] for message in conversation(Request("r", "x", " ", ()))]


def test_a_page_that_is_no_image_is_the_inputs_fault(tmp_path: Path):
    with pytest.raises(PageError):
        conversation(Request("r", "x", "", [Page("0" * 64, str(tmp_path / "gone.png"))]))


@pytest.mark.parametrize(
    ("generation", "limits"),
    [
        (Generation(), {}),
        (Generation(max_pixels=9), {"max_pixels": 9}),
        (Generation(min_pixels=4, max_pixels=9), {"min_pixels": 4, "max_pixels": 9}),
    ],
)
def test_the_processor_is_told_only_the_limits_that_are_set(
    generation: Generation, limits: dict[str, int]
):
    assert limits == pixel_limits(generation)


@pytest.mark.parametrize(("asked", "ceiling", "given"), [(64, 0, 64), (64, 16, 16), (8, 16, 8)])
def test_the_ceiling_shortens_answers_and_never_lengthens_them(
    asked: int, ceiling: int, given: int
):
    assert given == sampling(Generation(max_new_tokens=asked), ceiling)["max_tokens"]


def test_greedy_seed_and_stop_strings_reach_the_engine():
    wanted = sampling(Generation(seed=7, stop=("\n", "")), ceiling=0)

    assert 0.0 == wanted["temperature"]
    assert 7 == wanted["seed"]
    assert ["\n"] == wanted["stop"]


def output(finish_reason: str) -> Any:
    written = SimpleNamespace(text=" 42 \n", finish_reason=finish_reason, token_ids=[1, 2])
    times = SimpleNamespace(scheduled_ts=10.0, first_token_ts=10.5, last_token_ts=12.0)
    return SimpleNamespace(outputs=[written], prompt_token_ids=[0] * 30, metrics=times)


def test_a_reply_counts_text_and_pages_apart_and_times_from_the_engines_start():
    answered = reply(Prepared(ASKED, None, image_tokens=20, preprocess_s=0.25), output("stop"))

    assert answered == Reply(
        "42",
        finish_reason="stop",
        prompt_tokens=10,
        image_tokens=20,
        completion_tokens=2,
        preprocess_s=0.25,
        first_token_s=0.5,
        generate_s=2.0,
    )


def test_an_answer_that_the_engine_gave_up_is_a_failure():
    answered = reply(Prepared(ASKED, None, 0, 0.0), output("abort"))

    assert isinstance(answered, RuntimeError)
    assert "abort" in str(answered)
