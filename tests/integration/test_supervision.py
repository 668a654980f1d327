"""However a model goes wrong, the user reads what it was, and the other models are evaluated."""

import html
import json
from typing import Any

import pytest

from tests.workspace import Workspace
from vlmhb.domain.answer import Answer, FailedAnswer, FailureReason, Outcome
from vlmhb.store import read_journal

pytestmark = pytest.mark.uv

TOY = "vlmhb_worker.backends.toy:ToyBackend"


def outcomes(space: Workspace) -> list[Outcome]:
    return list(read_journal(space.path / "out/answers.jsonl").outcomes.values())


def run_json(space: Workspace) -> Any:
    return json.loads((space.path / "out/run.json").read_bytes())


FAILED_LOADS: dict[str, tuple[dict[str, object], list[str]]] = {
    "no-module": (
        {"backend": "no_such_module:Backend"},
        ["its backend does not exist: ModuleNotFoundError: No module named 'no_such_module'"],
    ),
    "no-class": (
        {"backend": "vlmhb_worker.backends.toy:NoSuchClass"},
        ["its backend does not exist: AttributeError", "correct `backend` in the model file"],
    ),
    "no-backend": (
        {"backend": "collections:OrderedDict"},
        ["is no subclass of vlmhb_worker.backend.Backend"],
    ),
    "no-package": (
        {"backend": "vlmhb_worker.backends.rapidocr_v3:RapidOcrV3"},
        ["its env toy lacks what the backend imports", "No module named 'cv2'", "import cv2"],
    ),
    "no-weights": (
        {"weights": {"path": "/nowhere/weights"}},
        ["/nowhere/weights"],
    ),
    "torn-weights": (
        {"weights": {"path": "../../data"}, "params": {"weights_file": "model.safetensors"}},
        ["its weights are incomplete or of another kind: FileNotFoundError", "toy.py"],
    ),
    "exits": (
        {"params": {"load_fault": "sys_exit"}},
        ["its code ended the program: sys.exit(0)"],
    ),
    "raises": (
        {"params": {"load_fault": "raise"}},
        ["cannot load the model: RuntimeError: the model failed", "Traceback", "toy_faults.py"],
    ),
    "crashes": (
        {"params": {"load_fault": "segv"}},
        ["SIGSEGV: Fatal Python error: Segmentation fault", "in _segv"],
    ),
    "hangs": (
        {"params": {"load_fault": "hang"}, "load_timeout_s": 0.5},
        ["load made no progress for 0.5 s; its stacks: logs/hangs.log", "in _hang"],
    ),
    "no-secret": (
        {"secrets": ["VLMHB_TEST_UNSET"]},
        ["it needs VLMHB_TEST_UNSET in the environment, which is not set"],
    ),
    "no-room": (
        {"min_gpu_memory_gib": 1000},
        ["it needs a GPU with 1000 GiB"],
    ),
}


def test_each_model_that_cannot_be_loaded_says_why_and_the_others_are_evaluated(
    workspace: Workspace,
) -> None:
    for name, (changes, _) in FAILED_LOADS.items():
        model = {"backend": TOY, "env": "toy", "answers": "reply", **changes}
        workspace.write_yaml(f"configs/models/{name}.yaml", model)

    names = ",".join([*FAILED_LOADS, "model"])
    end = workspace.vlmhb("run", "run", "--out", "out", "--models", names)

    assert 3 == end.code, end.err
    assert [Answer] * 6 == [type(outcome) for outcome in outcomes(workspace)]
    reasons = run_json(workspace)["unavailable"]
    markdown = html.unescape((workspace.path / "out/derived/results.md").read_text("utf-8"))
    assert FAILED_LOADS.keys() == reasons.keys()
    for name, (_, expected) in FAILED_LOADS.items():
        for text in expected:
            assert text in reasons[name], name
        first = reasons[name].split("\n")[0]
        assert f"{name}: unavailable: {first}" in end.err
        assert first in end.out
        assert first in markdown


@pytest.mark.parametrize("fault", ["device_lost", "cuda_error"])
def test_a_lost_device_costs_a_worker_and_no_answer(workspace: Workspace, fault: str) -> None:
    """The batch that was under way is asked again, each request alone."""
    once = str(workspace.path / "once")
    workspace.write_model(
        "model", {"faults": {"page3.png": fault}, "once": once, "batch_size": 4, "window": 4}
    )

    end = workspace.vlmhb("run", "run", "--out", "out")

    assert 0 == end.code, end.err
    assert 6 == sum(isinstance(outcome, Answer) for outcome in outcomes(workspace))
    assert {1, 2} == {outcome.attempt for outcome in outcomes(workspace)}
    assert 2 == len(run_json(workspace)["segments"][0]["workers"])
    assert "worker lost: exit code 70; its last line was: " in end.err
    assert "DeviceLostError" in end.err
    assert "DeviceLostError" in (workspace.path / "out/logs/model.log").read_text()


def test_a_request_that_loses_the_device_again_and_again_fails_alone(workspace: Workspace) -> None:
    workspace.write_model("model", {"faults": {"page3.png": "device_lost"}, "batch_size": 4})

    end = workspace.vlmhb("run", "run", "--out", "out")

    assert 3 == end.code, end.err
    (failed,) = (o for o in outcomes(workspace) if isinstance(o, FailedAnswer))
    assert FailureReason.WORKER_DIED == failed.reason
    assert "exit code 70" in failed.error.message
    assert "the GPU fell off the bus" in failed.error.traceback


def test_a_request_that_hangs_leaves_its_stack_in_its_outcome(workspace: Workspace) -> None:
    workspace.write_model("model", {"faults": {"page2.png": "hang_gil"}}, answer_timeout_s=0.5)

    workspace.vlmhb("run", "run", "--out", "out")

    (failed,) = (o for o in outcomes(workspace) if isinstance(o, FailedAnswer))
    assert "no answer for 0.5 s; its stacks: logs/model.log" == failed.error.message
    assert "in _hang_gil" in failed.error.traceback


def test_a_hung_worker_is_noticed_while_another_one_answers(workspace: Workspace) -> None:
    """Deadlines pass, however much there is to hear from others."""
    workspace.write_model("busy", {"delay_s": 0.02})
    workspace.write_model("hangs", {"load_fault": "hang"}, load_timeout_s=0.2)
    many = Workspace.create(workspace.path / "many", workspace.envs, samples=150)
    for name in ("busy", "hangs"):
        source = workspace.path / f"configs/models/{name}.yaml"
        (many.path / f"configs/models/{name}.yaml").write_bytes(source.read_bytes())

    end = many.vlmhb("run", "run", "--out", "out", "--models", "busy,hangs", "--max-workers", "2")

    lines = end.err.split("\n")
    lost = next(i for i, line in enumerate(lines) if "hangs: worker lost" in line)
    done = next(i for i, line in enumerate(lines) if "busy: 150/150" in line)
    assert lost < done
