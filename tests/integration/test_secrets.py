"""A secret reaches the worker of the model that names it, and nothing else."""

import hashlib
import json
import time
from pathlib import Path

import psutil
import pytest
import yaml

from tests.hub_server import running_hub
from tests.workspace import Workspace

pytestmark = pytest.mark.uv

CANARY = "canary-3f9c1e7a5b2d"


def files_with(folder: Path, text: str) -> list[Path]:
    return [
        file for file in folder.rglob("*") if file.is_file() and text.encode() in file.read_bytes()
    ]


def spoken_to(process: psutil.Process) -> tuple[str, str]:
    """Arguments and environment of a process."""
    return " ".join(process.cmdline()), " ".join(process.environ().values())


def test_a_secret_reaches_its_worker_and_no_file_argument_or_environment(
    workspace: Workspace,
) -> None:
    workspace.write_model("model", {"delay_s": 0.3}, secrets=["VLMHB_TEST_KEY"])

    running = workspace.start("run", "run", "--out", "out", VLMHB_TEST_KEY=CANARY)
    answers = workspace.path / "out/answers.jsonl"
    while running.poll() is None and not (
        answers.exists() and answers.read_bytes().count(b"\n") > 2
    ):
        time.sleep(0.01)
    below = psutil.Process(running.pid).children(recursive=True)
    heard = [spoken_to(process) for process in below]
    out, err = running.communicate(timeout=60)

    assert 0 == running.returncode, err
    assert len(heard) >= 2
    assert not [text for pair in heard for text in pair if CANARY in text]
    assert CANARY not in out + err
    assert [] == files_with(workspace.path, CANARY)
    (start,) = json.loads((workspace.path / "out/run.json").read_bytes())["segments"][0]["workers"]
    digest = hashlib.sha256(CANARY.encode()).hexdigest()
    assert digest == start["facts"]["sha256 of VLMHB_TEST_KEY"]


def test_a_secret_that_a_model_prints_or_raises_is_hidden(workspace: Workspace) -> None:
    faults = {"page1.png": "print_secret", "page2.png": "raise_secret"}
    workspace.write_model("model", {"faults": faults}, secrets=["VLMHB_TEST_KEY"])
    workspace.write_model("dies", {"load_fault": "raise_secret"}, secrets=["VLMHB_TEST_KEY"])

    end = workspace.vlmhb(
        "run", "run", "--out", "out", "--models", "model,dies", VLMHB_TEST_KEY=CANARY
    )

    assert 3 == end.code, end.err
    assert "cannot log in with {'VLMHB_TEST_KEY': '[secret]'}" in end.err
    assert "{'VLMHB_TEST_KEY': '[secret]'}" in (workspace.path / "out/logs/model.log").read_text()
    assert CANARY not in end.out + end.err
    assert [] == files_with(workspace.path, CANARY)


def test_a_secret_goes_to_the_model_that_names_it_alone(workspace: Workspace) -> None:
    workspace.write_model("model", {}, secrets=["VLMHB_TEST_KEY"])
    workspace.write_model("other", {})

    end = workspace.vlmhb(
        "run", "run", "--out", "out", "--models", "model,other", VLMHB_TEST_KEY=CANARY
    )

    assert 0 == end.code, end.err
    manifest = json.loads((workspace.path / "out/run.json").read_bytes())
    facts = {start["model"]: start["facts"] for start in manifest["segments"][0]["workers"]}
    assert {"model", "seed"} == facts["other"].keys()


def test_the_login_and_the_signature_of_a_source_are_in_no_file_of_the_run(
    workspace: Workspace, tmp_path: Path
) -> None:
    workspace.write_model("model", {})
    table = workspace.path / "data/annotation.csv"
    content = table.read_bytes()
    file = workspace.path / "configs/tasks/numbers.yaml"
    task = yaml.safe_load(file.read_text())
    task["dataset"]["source"] = [
        {"path": table.name, "sha256": hashlib.sha256(content).hexdigest()}
    ]
    with running_hub() as hub:
        hub.put("datasets/Org/Numbers", {table.name: content})
        address = f"{hub.url}/datasets/Org/Numbers/resolve/main/{table.name}"
        address = address.replace("://", f"://user:{CANARY}@") + f"?signature={CANARY}"
        task["dataset"]["source"][0]["url"] = address
        file.write_text(yaml.safe_dump(task))
        places = {"VLMHB_DATASETS": str(tmp_path / "datasets"), "HOME": str(tmp_path)}

        end = workspace.vlmhb("run", "run", "--out", "out", **places)
        table.write_bytes(content + b"\n")
        refused = workspace.vlmhb("run", "run", "--offline", **places)

    assert 0 == end.code, end.err
    assert "/Numbers/resolve/main/" in (workspace.path / "out/inputs.json").read_text()
    assert [] == files_with(workspace.path / "out", CANARY)
    assert 4 == refused.code
    assert "/Numbers/resolve/main/" in refused.err
    assert CANARY not in end.out + end.err + refused.out + refused.err
