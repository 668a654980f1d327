"""A model that takes too much of the machine is ended by name, and the run goes on."""

import os
import threading
from pathlib import Path

import pytest

from tests.build import model
from tests.fault.hosts import run_of
from vlmhb.domain.answer import Answer, FailedAnswer, FailureReason
from vlmhb.domain.worker_limits import WorkerLimits
from vlmhb.schedule import progress as steps

OFTEN_S = 0.02
PROMPTS = ("before", "culprit", "held", "after")


def steps_of(folder: Path, limits: WorkerLimits, fault: str) -> list[steps.Progress]:
    """`culprit` is where the fault is; `held` has no answer before a worker is lost."""
    gate = folder / "gate"
    os.mkfifo(gate)
    params = {"faults": {"culprit": fault}, "gates": {"held": str(gate)}}
    seen = []
    for step in run_of(folder, [model("m", params=params, limits=limits)], PROMPTS, look_s=OFTEN_S):
        seen.append(step)
        if isinstance(step, steps.WorkerLost):
            threading.Thread(target=gate.write_bytes, args=(b"open",), daemon=True).start()
    return seen


def outcomes(seen: list[steps.Progress]) -> dict[str, Answer | FailedAnswer]:
    return {
        step.outcome.request_id: step.outcome for step in seen if isinstance(step, steps.Answered)
    }


def test_a_model_that_takes_too_much_memory_fails_for_that_and_its_neighbours_are_answered(
    tmp_path: Path,
):
    seen = steps_of(tmp_path, WorkerLimits(memory_gib=0.125), "hog")

    settled = outcomes(seen)
    culprit = settled.pop("culprit")
    assert isinstance(culprit, FailedAnswer)
    assert FailureReason.OOM is culprit.reason
    assert "GiB of memory, and may have 0.12 GiB (`limits.memory_gib`" in culprit.error.message
    assert [Answer] * 3 == [type(outcome) for outcome in settled.values()]


@pytest.mark.parametrize("what", ["processes", "threads"])
def test_a_model_that_starts_too_many_is_replaced(tmp_path: Path, what: str):
    seen = steps_of(tmp_path, WorkerLimits(**{what: 32}), "crowd")

    (lost,) = (step.reason for step in seen if isinstance(step, steps.WorkerLost))
    assert f"{what}, and may have 32 (`limits.{what}` in the model file)" in lost
    assert [Answer] * 4 == [type(outcome) for outcome in outcomes(seen).values()]


def test_a_model_that_fills_its_scratch_folder_is_replaced(tmp_path: Path):
    seen = steps_of(tmp_path, WorkerLimits(scratch_gib=0.01), "fill_scratch")

    (lost,) = (step.reason for step in seen if isinstance(step, steps.WorkerLost))
    assert "its scratch folder held 0.02 GiB, and may hold 0.01 GiB (`limits.scratch_gib`" in lost
    assert [Answer] * 4 == [type(outcome) for outcome in outcomes(seen).values()]


def test_a_model_that_leaks_is_replaced_between_two_answers_and_loses_none(tmp_path: Path):
    """All that it leaks is less than its limit, so that nobody has to look in time."""
    spec = model(
        "m",
        params={"faults": {"leak": "leak"}, "delay_s": 0.05},
        limits=WorkerLimits(memory_gib=0.5),
    )
    prompts = tuple(f"leak {number}" for number in range(115))
    seen = list(run_of(tmp_path, [spec], prompts, look_s=OFTEN_S))

    (replaced,) = (step.reason for step in seen if isinstance(step, steps.WorkerReplaced))
    assert replaced.startswith("its memory grew from 0.")
    assert [] == [step for step in seen if isinstance(step, steps.WorkerLost)]
    assert [1] * 115 == [outcome.attempt for outcome in outcomes(seen).values()]
