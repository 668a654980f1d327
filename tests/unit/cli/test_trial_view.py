"""What is shown of a trial: every figure that was measured, and none that was not."""

import dataclasses
from typing import Any

import pytest

from vlmhb.cli.trial_view import as_json, complaint, figures, tokens_per_s
from vlmhb.domain.answer import (
    Answer,
    ErrorInfo,
    FailedAnswer,
    FailureReason,
    FinishReason,
    Timing,
    Usage,
)
from vlmhb.domain.envspec import Env, Interpreter
from vlmhb.domain.gpu_figures import GpuFigures
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.task import AnswerKind
from vlmhb.schedule.progress import ModelLoaded
from vlmhb.trial import Trial

ENV = Env(
    name="light",
    fingerprint="f" * 64,
    python="/env/bin/python",
    interpreter=Interpreter("/usr/bin/python3", "3.11.7", "", "", ""),
    lock_sha256="",
    packages=(),
    build_s=0.0,
    size_bytes=0,
    variables={},
)
ANSWER = Answer(
    "id",
    "text",
    FinishReason.LENGTH,
    Usage(prompt_tokens=10, image_tokens=1200, completion_tokens=512),
    Timing(preprocess_s=0.5, first_token_s=0.25, generate_s=2.0),
    degraded=("max_pixels 1003520 -> 501760",),
    full_length_chars=9000,
)
GPU = GpuFigures("GPU-1", before_bytes=10**9, loaded_bytes=5 * 10**9, peak_bytes=6 * 10**9)
TRIAL = Trial(
    model=ModelSpec("model", "a:B", "light", AnswerKind.REPLY, {}),
    env=ENV,
    outcome=ANSWER,
    loaded=ModelLoaded("model", "model", 1.5, 2, 4 * 10**9, {"attention": "sdpa"}, "f" * 64),
    seconds={"env": 0.1, "load": 2.0, "answer": 2.5},
    worker_peak_bytes=2 * 10**9,
    gpu=GPU,
    printed="",
)


def trial(**changes: Any) -> Trial:
    return dataclasses.replace(TRIAL, **changes)


@pytest.mark.parametrize(
    "line",
    [
        "finish       length: it reached max_new_tokens",
        "cut          kept 4 of 9,000 characters",
        "time         preprocess 0.500 s, first token 0.250 s, generate 2.000 s, total 2.500 s",
        "tokens       prompt 10, image 1,200, answer 512, 256.0 per second",
        "degraded     max_pixels 1003520 -> 501760",
        "ready        env 0.1 s, load 2.0 s, answer 2.5 s",
        "memory       worker at most 2,000 MB, model 4,000 MB of GPU memory, "
        "GPU in use: before 1,000 MB, loaded 5,000 MB, peak 6,000 MB",
        "env          light, python 3.11.7",
        "fact         attention: sdpa",
    ],
)
def test_each_figure_has_its_line(line: str):
    assert line in figures(TRIAL).split("\n")


def test_digests_are_counted_and_left_to_programs():
    facts = {"device": "cpu", "a.bin": "sha256:aa", "b.bin": "sha256:bb"}
    loaded = dataclasses.replace(TRIAL.loaded, facts=facts)

    shown = [line for line in figures(trial(loaded=loaded)).split("\n") if "fact" in line]

    assert ["fact         device: cpu", "fact         digests of 2 files: see --json"] == shown
    assert facts == as_json(trial(loaded=loaded))["facts"]


def test_what_was_not_measured_is_said_once():
    bare = trial(
        outcome=Answer("id", "text"),
        loaded=dataclasses.replace(TRIAL.loaded, gpu_memory_bytes=None, facts={}),
        worker_peak_bytes=None,
        gpu=None,
    )

    assert [
        "finish       stop",
        "time         not measured",
        "tokens       not counted",
        "ready        env 0.1 s, load 2.0 s, answer 2.5 s",
        "memory       not measured",
        "env          light, python 3.11.7",
    ] == figures(bare).split("\n")


@pytest.mark.parametrize(("count", "seconds"), [(None, 1.0), (5, None), (0, 1.0), (5, 0.0)])
def test_a_speed_needs_both_its_parts(count: int | None, seconds: float | None):
    usage, timing = Usage(completion_tokens=count), Timing(generate_s=seconds)

    assert tokens_per_s(Answer("id", "", usage=usage, timing=timing)) is None


def test_a_failure_is_named_with_what_the_worker_printed():
    error = ErrorInfo("ValueError", "no idea", "Traceback ...")
    failed = trial(outcome=FailedAnswer("id", FailureReason.OOM, error), printed="a\nb")

    assert "no answer: oom: ValueError: no idea\nThe worker printed:\na\nb" == complaint(failed)
    assert "finish" not in figures(failed)
    assert ("oom", "no idea", None) == tuple(
        as_json(failed)[name] for name in ("reason", "message", "text")
    )


def test_json_names_every_moment_of_the_gpu():
    memory = as_json(TRIAL)["memory"]

    assert isinstance(memory, dict)
    assert {
        "uuid": "GPU-1",
        "before_bytes": 10**9,
        "loaded_bytes": 5 * 10**9,
        "peak_bytes": 6 * 10**9,
        "after_bytes": None,
    } == memory["gpu"]
