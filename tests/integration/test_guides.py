"""The guide, followed literally: its commands work as they stand."""

import json
import shutil
from pathlib import Path

import pytest

from tests.checkpoint_builds import Checkpoints
from tests.guides import follow
from tests.hub_server import running_hub
from tests.workspace import Workspace
from vlmhb.config import read_environ

pytestmark = pytest.mark.uv

PAGE = Path(__file__).parents[2] / "configs/data/quickstart/images/synthetic_ru/inv0.png"


def test_code_of_your_own(tmp_path: Path, shared_envs: Path):
    shutil.copyfile(PAGE, tmp_path / "page.png")

    steps = follow("wrappers.md", tmp_path, Workspace(tmp_path, shared_envs).environment())

    assert [0] * 4 == [step.returncode for step in steps], [step.stderr for step in steps]
    assert "What do you see? I see page.png.\n" == steps[0].stdout
    assert "WHAT DO YOU SEE?\n" == steps[3].stdout


def test_add_a_model_in_ten_minutes(tmp_path: Path, checkpoints: Checkpoints):
    """With real names and commands, and a checkpoint of 1 MB where the hub has a larger one."""
    shutil.copyfile(PAGE, tmp_path / "page.png")
    folder = checkpoints.folder("smolvlm", "transformers-5@cpu")
    files = {file.name: file.read_bytes() for file in folder.iterdir()}
    environment = Workspace(tmp_path, read_environ().envs).environment()
    with running_hub() as hub:
        commit = hub.put("HuggingFaceTB/SmolVLM-256M-Instruct", files)
        places = {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hf")}

        steps = follow("add-a-model.md", tmp_path, {**environment, **places})

    assert [0] * 3 == [step.returncode for step in steps], [step.stderr for step in steps]
    model_file = (tmp_path / "configs/models/smolvlm-256m.yaml").read_text()
    assert f"revision: {commit}" in model_file
    assert steps[1].stdout.strip()
    assert "tokens       prompt" in steps[1].stderr
    (run,) = (tmp_path / "runs").iterdir()
    manifest = json.loads((run / "run.json").read_text())
    weights = {worker["model"]: worker["weights"] for worker in manifest["segments"][0]["workers"]}
    assert commit == weights["smolvlm-256m"]["commit"]
    assert {"smolvlm-256m", "tesseract-psm4"} == set(weights)
    assert (run / "derived/report.html").is_file()
