"""The product's claim: models that exclude each other, in one command and one report."""

import csv
import json
from pathlib import Path

import pytest

from tests.checkpoint_builds import Checkpoints
from tests.workspace import Workspace
from vlmhb.config import read_environ

pytestmark = pytest.mark.uv

GENERATIONS = {
    "llava": "transformers-4.37@cpu",
    "qwen2_vl": "transformers-4.46@cpu",
    "qwen2_5_vl": "transformers-4.51@cpu",
    "qwen3_vl": "transformers-5@cpu",
}
LIMIT = 4


@pytest.fixture
def space(tmp_path: Path, checkpoints: Checkpoints) -> Workspace:
    """Models of four generations of transformers and an OCR engine, on the quickstart documents."""
    space = Workspace.create(tmp_path, read_environ().envs)
    for family, env in GENERATIONS.items():
        space.write_yaml(
            f"configs/models/{family}.yaml",
            {
                "description": f"A tiny {family} with random weights.",
                "backend": "transformers",
                "env": env,
                "answers": "reply",
                "mechanism_only": True,
                "weights": {"path": str(checkpoints.folder(family, env))},
                "params": {
                    "device": "cpu",
                    "batch_size": 2,
                    "max_new_tokens": 16,
                    "max_pixels": 50_176,
                    "threads": 1,
                },
            },
        )
    models = [*GENERATIONS, "rapidocr-ppocrv6"]
    space.write_yaml(
        "configs/runs/generations.yaml", {"models": models, "tasks": ["quickstart-fields"]}
    )
    return space


def test_four_generations_and_an_ocr_engine_answer_in_one_run(space: Workspace):
    """Versions 4.37, 4.46, 4.51 and 5 cannot share an env; RapidOCR needs none of them."""
    end = space.vlmhb("run", "generations", "--limit", str(LIMIT), "--out", "out")

    assert 0 == end.code, end.err
    manifest = json.loads((space.path / "out/run.json").read_text())
    (segment,) = manifest["segments"]
    versions = {
        worker["model"]: worker["facts"].get("transformers", "") for worker in segment["workers"]
    }
    assert {
        "llava": "4.37.2",
        "qwen2_vl": "4.46.1",
        "qwen2_5_vl": "4.51.3",
        "qwen3_vl": "5.23.0",
        "rapidocr-ppocrv6": "",
    } == versions
    assert 5 == len({worker["env"] for worker in segment["workers"]})
    with (space.path / "out/derived/answers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    answered = {row["model"] for row in rows if row["status"] == "ok" and row["answer"]}
    assert set(versions) == answered
    report = (space.path / "out/derived/report.html").read_text(encoding="utf-8")
    assert all(model in report for model in versions)
