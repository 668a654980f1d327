"""The parts of the vLLM backend that need no engine."""

from types import SimpleNamespace
from typing import Any

import pytest
from vlmhb_worker.backend import Generation, LoadJob, Reply, Request
from vlmhb_worker.backends.page_engine import checked_params
from vlmhb_worker.backends.vllm import DEFAULTS, Prepared, pixel_limits, reply, vllm_arguments

ASKED = Request("r", "Total?", "Be brief.", ())
JOB = LoadJob({}, scratch="", seed=3, weights="/weights")


def test_what_is_not_set_is_left_to_vllm():
    arguments = vllm_arguments(DEFAULTS, JOB)

    assert "/weights" == arguments["model"]
    assert 3 == arguments["seed"]
    assert {"image": 16, "video": 0} == arguments["limit_mm_per_prompt"]
    assert not {"max_model_len", "kv_cache_memory_bytes"} & arguments.keys()


def test_params_become_arguments_of_the_engine():
    params = checked_params({"max_model_len": 4096, "kv_cache_gib": 0.5}, DEFAULTS)

    arguments = vllm_arguments(params, JOB)

    assert 4096 == arguments["max_model_len"]
    assert 2**29 == arguments["kv_cache_memory_bytes"]


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
