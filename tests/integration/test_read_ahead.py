"""The next model's files are read while another one answers."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workspace import PATIENCE_S, Workspace

pytestmark = pytest.mark.uv

TELLING = """
import os
import vlmhb.schedule.supply.read_ahead as supply
from vlmhb.__main__ import main
read = supply.read_ahead
def told(files, stop):
    read(files, stop)
    print("read:", *files)
    open(os.environ["GATE"], "wb").close()
supply.read_ahead = told
main()
"""


def test_while_a_model_answers_the_files_of_the_next_one_are_read(
    workspace: Workspace, tmp_path: Path
):
    """Its last answer waits until they have been."""
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "model.safetensors").write_bytes(b"numbers")
    held = {"gates": {"page5.png": str(gate)}}
    workspace.write_model("first", held)
    workspace.write_model("second", held)
    workspace.write_model("third", {}, weights={"path": str(weights)})
    models = ["first", "second", "third"]
    workspace.write_yaml("configs/runs/three.yaml", {"models": models, "tasks": ["numbers"]})

    ended = subprocess.run(
        [sys.executable, "-c", TELLING, "run", "three", "--out", "out", "--max-workers", "1"],
        cwd=workspace.path,
        env=workspace.environment(GATE=str(gate)),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )

    assert 0 == ended.returncode, ended.stderr
    second, third = (line for line in ended.stdout.splitlines() if line.startswith("read:"))
    weights_file = str(weights / "model.safetensors")
    assert [str(workspace.envs) in line for line in (second, third)] == [True, True]
    assert [weights_file in line for line in (second, third)] == [False, True]
