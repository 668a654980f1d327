"""What vLLM and SGLang share, without either."""

from collections.abc import Callable
from typing import Any

import pytest
from vlmhb_worker.backend import Generation, LoadJob, Page, PageError
from vlmhb_worker.backends.offline_engine import (
    conversation,
    engine_arguments,
    given_up,
    refusal,
    sampling,
    start,
)

ADVICE = "Send fewer pages"
JOB = LoadJob({}, scratch="", seed=3, weights="/weights")


@pytest.mark.parametrize(
    "said",
    [
        "This model's maximum context length is 2048 tokens. However, your prompt contains 9000.",
        "The decoder prompt (length 9) is longer than the maximum model length of 8.",
        "an image item with 9 embedding tokens, which exceeds the pre-allocated encoder cache size",
        "At most 2 image(s) may be provided in one prompt.",
        "The input (9 tokens) is longer than the model's context length (8 tokens).",
        "Requested token count exceeds the model's maximum context length of 8 tokens.",
        "Multimodal prompt is too long after expanding multimodal tokens.",
        "Input length (9 tokens) exceeds the maximum allowed length (8 tokens).",
    ],
)
def test_a_request_that_is_too_large_is_the_inputs_fault_and_told_with_advice(said: str):
    refused = refusal(ValueError(said), ADVICE)

    assert isinstance(refused, PageError)
    assert f"{said.rstrip('.')}. {ADVICE}" == str(refused)


@pytest.mark.parametrize("said", ["temperature must be non-negative", "the length is unknown"])
def test_any_other_refusal_stays_as_it_is(said: str):
    error = ValueError(said)

    assert error is refusal(error, ADVICE)


def test_params_get_the_engines_names_and_what_is_0_is_left_to_it():
    params = {"dtype": "auto", "max_model_len": 0, "seats": 4, "engine": {}}
    names = {"dtype": "dtype", "max_model_len": "context_length", "seats": "max_running_requests"}

    arguments = engine_arguments(params, JOB, names, model=JOB.weights, seed=0)

    assert arguments == {
        "model": "/weights",
        "seed": 0,
        "dtype": "auto",
        "max_running_requests": 4,
        "trust_remote_code": False,
    }


def test_the_engines_own_arguments_win_but_not_over_trust():
    params = {"dtype": "auto", "engine": {"dtype": "half", "seed": 9, "trust_remote_code": True}}

    arguments = engine_arguments(params, JOB, {"dtype": "dtype"}, seed=3)

    assert {"dtype": "half", "seed": 9, "trust_remote_code": False} == arguments


def test_a_conversation_has_the_system_prompt_the_pages_and_the_question():
    system, user = conversation("Be brief.", (Page("1"), "Total?", Page("2")))

    assert {"role": "system", "content": [{"type": "text", "text": "Be brief."}]} == system
    image = {"type": "image"}
    assert {"role": "user", "content": [image, {"type": "text", "text": "Total?"}, image]} == user


def test_a_page_is_written_as_the_engine_wants_it():
    (user,) = conversation("", (Page("1"), "Total?"), lambda page: {"type": "x", "x": page.sha256})

    assert {"type": "x", "x": "1"} == user["content"][0]


def test_without_a_system_prompt_there_is_no_system_message():
    assert ["user"] == [turn["role"] for turn in conversation(" ", ("x",))]


@pytest.mark.parametrize(("asked", "ceiling", "given"), [(64, 0, 64), (64, 16, 16), (8, 16, 8)])
def test_the_ceiling_shortens_answers_and_never_lengthens_them(
    asked: int, ceiling: int, given: int
):
    wanted = sampling(Generation(max_new_tokens=asked), ceiling, length="longest", seed="seed")

    assert given == wanted["longest"]


def test_greedy_seed_and_stop_strings_reach_the_engine():
    wanted = sampling(Generation(seed=7, stop=("\n", "")), 0, length="longest", seed="own_seed")

    assert 0.0 == wanted["temperature"]
    assert 7 == wanted["own_seed"]
    assert ["\n"] == wanted["stop"]


@pytest.mark.parametrize("reason", ["abort", "error", None])
def test_an_answer_that_the_engine_gave_up_is_a_failure(reason: str | None):
    assert isinstance(given_up(reason), RuntimeError)
    assert "out of seats" in str(given_up(reason, "out of seats"))


@pytest.mark.parametrize("reason", ["stop", "length"])
def test_an_answer_that_ended_is_none(reason: str):
    assert given_up(reason) is None


def fails(error: Exception) -> Callable[[], Any]:
    def construct() -> Any:
        raise error

    return construct


def test_an_engine_whose_processes_printed_nothing_fails_with_its_own_words():
    with pytest.raises(RuntimeError, match="no such device"):
        start(fails(RuntimeError("no such device")), lambda *_: None)
