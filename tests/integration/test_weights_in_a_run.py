"""Weights on their way into a run: fetched beside the envs, seen by the worker, recorded."""

import hashlib
import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hub_server import HubServer, running_hub, stall_after
from tests.workspace import Workspace

pytestmark = pytest.mark.uv

WEIGHTS = b"numbers" * 100
FILES = {"config.json": b"{}", "model.safetensors": WEIGHTS}
DIGEST = hashlib.sha256(WEIGHTS).hexdigest()


@pytest.fixture
def hub() -> Iterator[HubServer]:
    with running_hub() as server:
        yield server


def places(space: Workspace, hub: HubServer) -> dict[str, str]:
    return {"HF_HOME": str(space.path / "hf"), "HF_ENDPOINT": hub.url}


def run_json(space: Workspace, folder: str = "out") -> Any:
    return json.loads((space.path / folder / "run.json").read_bytes())


def write(space: Workspace, name: str, repo: str) -> None:
    params = {"weights_file": "model.safetensors"}
    space.write_model(name, params, weights={"repo": repo})


def test_a_models_weights_are_fetched_seen_by_its_worker_and_recorded(
    workspace: Workspace, hub: HubServer
) -> None:
    commit = hub.put("Org/Name", FILES)
    write(workspace, "model", "Org/Name")

    end = workspace.vlmhb("run", "run", "--out", "out", **places(workspace, hub))

    assert 0 == end.code, end.err
    assert f"model: weights ready: Org/Name {commit[:12]}" in end.err
    (start,) = run_json(workspace)["segments"][0]["workers"]
    assert DIGEST == start["facts"]["weights"]
    assert ("Org/Name", commit) == (start["weights"]["source"], start["weights"]["commit"])
    assert 64 == len(start["weights"]["sha256"])


def test_weights_that_cannot_be_had_cost_their_model_and_no_other(
    workspace: Workspace, hub: HubServer
) -> None:
    hub.put("Org/Name", FILES)
    write(workspace, "gone", "Org/Gone")
    write(workspace, "model", "Org/Name")

    end = workspace.vlmhb(
        "run", "run", "--out", "out", "--models", "gone,model", **places(workspace, hub)
    )

    assert 3 == end.code
    assert ["gone"] == list(run_json(workspace)["unavailable"])
    assert "Org/Gone" in run_json(workspace)["unavailable"]["gone"]
    assert "6/6" in end.out


def test_a_signal_stops_a_fetch_and_the_run_can_go_on(workspace: Workspace, hub: HubServer) -> None:
    hub.put("Org/Name", FILES)
    hub.on("model.safetensors", stall_after(WEIGHTS, 70))
    write(workspace, "model", "Org/Name")

    stopped = workspace.start("run", "run", "--out", "out", **places(workspace, hub))
    assert hub.stalled.wait(60)
    stopped.send_signal(signal.SIGTERM)
    _, said = stopped.communicate(timeout=60)
    hub.released.set()
    again = workspace.vlmhb("run", "run", "--out", "out", **places(workspace, hub))

    assert 143 == stopped.returncode, said
    assert {} == run_json(workspace)["unavailable"]
    assert 0 == again.code, again.err
    assert len(WEIGHTS) + 70 > hub.sent_bytes["model.safetensors"]


def stop_after_an_answer(space: Workspace, **more: str) -> None:
    running = space.start("run", "run", "--out", "out", **more)
    answers = space.path / "out/answers.jsonl"
    while not (answers.exists() and answers.read_bytes().count(b"\n") > 1):
        assert running.poll() is None
        time.sleep(0.01)
    running.send_signal(signal.SIGTERM)
    _, said = running.communicate(timeout=60)
    assert 143 == running.returncode, said


def test_with_nothing_ahead_weights_come_when_it_is_their_models_turn(
    workspace: Workspace, hub: HubServer
) -> None:
    hub.put("Org/Next", FILES)
    workspace.write_model("first", {"delay_s": 0.3})
    write(workspace, "next", "Org/Next")
    run = {"models": ["first", "next"], "tasks": ["numbers"], "prefetch": 0}
    workspace.write_yaml("configs/runs/run.yaml", run)
    stop_after_an_answer(workspace, **places(workspace, hub))
    asked_of_hub = hub.paths()

    end = workspace.vlmhb("run", "run", "--out", "out", **places(workspace, hub))

    assert not [path for path in asked_of_hub if "/resolve/" in path]
    assert 0 == end.code, end.err
    assert ["first", "next"] == [
        start["model"] for one in run_json(workspace)["segments"] for start in one["workers"]
    ][-2:]


def test_a_run_that_goes_on_keeps_the_commit_it_began_with(
    workspace: Workspace, hub: HubServer
) -> None:
    commit = hub.put("Org/Name", FILES)
    params = {"weights_file": "model.safetensors", "delay_s": 0.3}
    workspace.write_model("model", params, weights={"repo": "Org/Name"})
    stop_after_an_answer(workspace, **places(workspace, hub))
    moved = hub.put("Org/Name", {**FILES, "README.md": b"new"})

    end = workspace.vlmhb("run", "run", "--out", "out", **places(workspace, hub))

    assert 0 == end.code, end.err
    starts = [start for one in run_json(workspace)["segments"] for start in one["workers"]]
    assert commit != moved
    assert [commit, commit] == [start["weights"]["commit"] for start in starts]


def test_a_run_does_not_go_on_with_files_that_changed(workspace: Workspace) -> None:
    folder = workspace.path / "mine"
    folder.mkdir()
    for name, content in FILES.items():
        Path(folder, name).write_bytes(content)
    params = {"weights_file": "model.safetensors", "delay_s": 0.3}
    workspace.write_model("model", params, weights={"path": str(folder)})
    stop_after_an_answer(workspace)
    Path(folder, "model.safetensors").write_bytes(WEIGHTS + b"changed")

    end = workspace.vlmhb("run", "run", "--out", "out")

    assert 3 == end.code, end.err
    assert "they changed since this run began" in run_json(workspace)["unavailable"]["model"]


def test_a_run_of_other_weights_is_another_run(workspace: Workspace, hub: HubServer) -> None:
    hub.put("Org/Name", FILES)
    hub.put("Org/Other", FILES)
    write(workspace, "model", "Org/Name")
    workspace.vlmhb("run", "run", "--out", "out", **places(workspace, hub))
    write(workspace, "model", "Org/Other")

    end = workspace.vlmhb("run", "run", "--out", "out", **places(workspace, hub))

    assert 2 == end.code
    assert "models.model.weights" in end.err


def test_weights_of_a_folder_are_used_as_they_lie(workspace: Workspace) -> None:
    folder = workspace.path / "mine"
    folder.mkdir()
    for name, content in FILES.items():
        Path(folder, name).write_bytes(content)
    params = {"weights_file": "model.safetensors"}
    workspace.write_model("model", params, weights={"path": str(folder)})

    end = workspace.vlmhb("run", "run", "--out", "out")

    assert 0 == end.code, end.err
    (start,) = run_json(workspace)["segments"][0]["workers"]
    assert DIGEST == start["facts"]["weights"]
    assert (str(folder), "") == (start["weights"]["source"], start["weights"]["commit"])


def write_function(space: Workspace, code: str, **more: object) -> None:
    """A model called `mine` whose code is a function of the test's own."""
    (space.path / "code").mkdir()
    (space.path / "code/mine.py").write_text(f"import os\n\n{code}", encoding="utf-8")
    content = {
        "backend": "function",
        "env": "toy",
        "answers": "reply",
        "params": {"function": "mine:answer", "folder": "../../code"},
        **more,
    }
    space.write_yaml("configs/models/mine.yaml", content)


def test_a_worker_sees_the_chosen_files_in_a_folder_of_its_own(
    workspace: Workspace, hub: HubServer, tmp_path: Path
) -> None:
    commit = hub.put("Org/Name", FILES)
    code = """
def answer(path, prompt):
    folder = os.environ["VLMHB_WEIGHTS"]
    open(folder + "/extra.txt", "w").close()
    return " ".join([folder, *sorted(os.listdir(folder))])
"""
    write_function(workspace, code, weights={"repo": "Org/Name"})
    workspace.vlmhb("models", "fetch", "mine", **places(workspace, hub))
    (cached,) = workspace.path.glob(f"hf/hub/*/snapshots/{commit}")
    (cached / "pytorch_model.bin").write_bytes(b"fetched by another program")

    end = workspace.vlmhb("try", "mine", "data/images/page1.png", **places(workspace, hub))

    folder, *seen = end.out.split()
    assert ["config.json", "extra.txt", "model.safetensors"] == seen
    assert folder.endswith(f"/hub/models--Org--Name/snapshots/{commit}")
    assert not Path(folder).is_relative_to(workspace.path / "hf")
    assert not (cached / "extra.txt").exists()
    assert "WARNING" not in end.err


def test_what_a_model_does_to_its_weights_is_said_and_recorded(workspace: Workspace) -> None:
    folder = workspace.path / "mine"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    code = """
def answer(path, prompt):
    with open(os.environ["VLMHB_WEIGHTS"] + "/config.json", "w") as file:
        file.write("[]")
    return "1"
"""
    write_function(workspace, code, weights={"path": "../../mine"})

    tried = workspace.vlmhb("try", "mine", "data/images/page1.png", "--json")
    (folder / "config.json").write_text("{}")
    end = workspace.vlmhb("run", "run", "--out", "out", "--models", "mine")

    (changed,) = run_json(workspace)["segments"][0]["weights_changed"].items()
    assert ("mine", True) == (changed[0], f"{folder}: config.json" in changed[1])
    assert f"mine: WARNING: {changed[1]}" in end.err
    assert changed[1] == tried.json["weights_changed"]
    assert f"WARNING: {changed[1]}" in tried.err


def test_a_trial_that_fetches_says_how_far_it_is(workspace: Workspace, hub: HubServer) -> None:
    hub.put("Org/Name", FILES)
    write(workspace, "model", "Org/Name")

    end = workspace.vlmhb("try", "model", "data/images/page1.png", **places(workspace, hub))

    assert 0 == end.code, end.err
    assert f"asking {hub.url} about Org/Name\n" in end.err
    assert "fetching Org/Name: 0.0 of 0.0 MB, 0 %\n" in end.err
    assert "loading model: toy\n" in end.err
