"""Samples that go wrong in a real worker: each fails for its own reason, and no other with it."""

import csv
import json
from pathlib import Path

import pytest

from tests.build import model
from tests.fault.hosts import run_of
from tests.workspace import Workspace
from vlmhb.domain.answer import Answer, FailedAnswer, FailureReason, Outcome
from vlmhb.schedule import Answered, Progress
from vlmhb.schedule.progress import GaveUp, Measured, ModelLoaded, WorkerLost

PROMPTS = [f"s{number}." for number in range(12)]
BAD = "s5."


def run(folder: Path, **params: object) -> list[Progress]:
    """All that happens when twelve samples are asked, in batches of four."""
    toy = model(params={"batch_size": 4, **params})
    return [step for step in run_of(folder, [toy], PROMPTS) if not isinstance(step, Measured)]


def outcomes(steps: list[Progress]) -> dict[str, Outcome]:
    found = [step.outcome for step in steps if isinstance(step, Answered)]
    assert len(found) == len({outcome.request_id for outcome in found})
    return {outcome.request_id: outcome for outcome in found}


def count(steps: list[Progress], kind: type) -> int:
    return sum(isinstance(step, kind) for step in steps)


OWN = {
    "sys_exit": (FailureReason.MODEL_ERROR, "SystemExit"),
    "interrupt": (FailureReason.MODEL_ERROR, "KeyboardInterrupt"),
    "generator_exit": (FailureReason.MODEL_ERROR, "GeneratorExit"),
    "unprintable": (FailureReason.MODEL_ERROR, "UnprintableError"),
    "long_message": (FailureReason.MODEL_ERROR, "ValueError"),
    "recurse": (FailureReason.MODEL_ERROR, "RecursionError"),
    "never": (FailureReason.INVALID_REPLY, "InvalidReplyError"),
}


def test_whatever_a_model_raises_costs_one_sample_and_no_worker(tmp_path: Path) -> None:
    faults = dict(zip(PROMPTS, OWN, strict=False))

    steps = run(tmp_path, faults=faults)

    found = outcomes(steps)
    assert set(PROMPTS) == found.keys()
    assert 1 == count(steps, ModelLoaded)
    for prompt in PROMPTS:
        outcome = found[prompt]
        if prompt not in faults:
            assert isinstance(outcome, Answer)
            continue
        reason, error = OWN[faults[prompt]]
        assert isinstance(outcome, FailedAnswer), prompt
        assert (reason, error) == (outcome.reason, outcome.error.type.rpartition(".")[2])
        assert len(outcome.error.message) < 100_000


ENDS = {
    "exit0": "exit code 0",
    "segv": "SIGSEGV",
    "wrong_id": "'somebody-else', which is not outstanding",
    "twice": f"'{BAD}', which is not outstanding",
    "sticky": "an illegal memory access was encountered",
}


@pytest.mark.parametrize("fault", ENDS)
def test_one_that_ends_its_worker_is_replaced_three_times_and_fails_alone(
    tmp_path: Path, fault: str
) -> None:
    """Nothing foreign is recorded, and nothing is asked of a process that is broken."""
    steps = run(tmp_path, faults={BAD: fault})

    found = outcomes(steps)
    failed = found.pop(BAD)
    assert set(PROMPTS) == {*found, BAD}
    assert {Answer} == {type(outcome) for outcome in found.values()}
    if fault == "twice":  # the first of the two is as good as any
        assert isinstance(failed, Answer)
        assert 1 <= count(steps, WorkerLost) <= 3
        return
    assert isinstance(failed, FailedAnswer)
    assert FailureReason.WORKER_DIED == failed.reason
    assert ENDS[fault] in f"{failed.error.message}\n{failed.error.traceback}"
    assert 3 == failed.faults
    assert 5 == count(steps, ModelLoaded)


def test_an_answer_that_comes_again_with_a_later_batch_costs_a_worker_and_no_answer(
    tmp_path: Path,
) -> None:
    steps = run(tmp_path, faults={BAD: "late"})

    found = outcomes(steps)
    assert set(PROMPTS) == found.keys()
    assert {Answer} == {type(outcome) for outcome in found.values()}
    lost = [step.reason for step in steps if isinstance(step, WorkerLost)]
    assert lost
    assert all(f"'{BAD}', which is not outstanding" in reason for reason in lost)


@pytest.mark.parametrize("fault", ["exit_in_atexit", "print"])
def test_a_model_that_ends_in_its_own_way_when_all_is_answered_lost_nothing(
    tmp_path: Path, fault: str
) -> None:
    steps = run(tmp_path, faults={BAD: fault})

    assert {Answer} == {type(outcome) for outcome in outcomes(steps).values()}
    assert 0 == count(steps, WorkerLost) == count(steps, GaveUp)


def test_a_model_that_cannot_start_is_tried_three_times_and_tells_why(tmp_path: Path) -> None:
    steps = run(tmp_path, load_fault="segv")

    (gave_up,) = (step for step in steps if isinstance(step, GaveUp))
    assert 2 == count(steps, WorkerLost)
    assert gave_up.reason.startswith("SIGSEGV: Fatal Python error")
    assert "in _segv" in gave_up.printed
    assert {} == outcomes(steps)


@pytest.mark.uv
def test_a_batch_with_too_many_pages_is_halved_and_answers_stay_the_same(
    workspace: Workspace,
) -> None:
    calm = {"batch_size": 4, "window": 6}
    workspace.write_model("model", calm)
    workspace.write_model("small", {**calm, "memory_pages": 2})
    workspace.write_model("hungry", {**calm, "memory_pages": 0})

    end = workspace.vlmhb("run", "run", "--out", "out", "--models", "model,small,hungry")

    told = json.loads((workspace.path / "out/derived/results.json").read_bytes())
    with (workspace.path / "out/derived/answers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    texts = {
        name: [row["answer"] for row in rows if row["model"] == name] for name in ("model", "small")
    }
    reduced = [one for one in told["setbacks"] if one["kind"] == "degraded"]
    assert 3 == end.code, end.err
    assert texts["model"] == texts["small"]
    assert [("small", "batch_size 4 -> 2", 4, 6)] == [
        (one["model"], one["what"], one["count"], one["total"]) for one in reduced
    ]
    (failure,) = told["failures"]
    assert ("hungry", "oom", 6) == (failure["model"], failure["reason"], failure["count"])
