"""A folder with a small dataset, a task and a toy model, and the real command line to run it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from PIL import Image

from tests.results_schema import unlike_the_schema

MAIN = (sys.executable, "-m", "vlmhb")
PATIENCE_S = 600.0
"""Only a broken test waits this long."""
HEADER = "data_index;split;image_path;question;answer;doc_class;question_type;answer_bbox"


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Workspace:
    """A user's folder: configs/, data, runs, and envs that tests share."""

    path: Path
    envs: Path

    @classmethod
    def create(cls, path: Path, envs: Path, samples: int = 6) -> "Workspace":
        """One toy model, one task of `samples` one-page documents."""
        space = cls(path, envs)
        for folder in ("configs/runs", "configs/models", "configs/tasks", "data/images"):
            (path / folder).mkdir(parents=True)
        rows = [HEADER]
        for number in range(samples):
            image = Image.new("RGB", (40, 20), (number % 251, number // 251, 90))
            image.save(path / f"data/images/page{number}.png")
            field = f"field{number % 3}"
            rows.append(f"{number};;images/page{number}.png;Which number?;{number};form;{field};")
        (path / "data/annotation.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
        space.write_model("model", {})
        space.write_yaml(
            "configs/tasks/numbers.yaml",
            {
                "version": "1",
                "description": "Numbers on pages.",
                "dataset": {
                    "name": "numbers",
                    "format": "annotation_csv",
                    "root": "../../data",
                    "annotation": "annotation.csv",
                    "licence": "own work",
                },
                "prompt": "{{ question }}",
                "metrics": {"page_text": ["cer"], "reply": ["cer", "exact_match"]},
            },
        )
        space.write_yaml("configs/runs/run.yaml", {"models": ["model"], "tasks": ["numbers"]})
        return space

    def write_yaml(self, name: str, content: object) -> Path:
        file = self.path / name
        file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        return file

    def write_model(self, name: str, params: Mapping[str, object], **more: object) -> None:
        self.write_yaml(
            f"configs/models/{name}.yaml",
            {
                "description": "A toy.",
                "backend": "vlmhb_worker.backends.toy:ToyBackend",
                "env": "toy",
                "answers": "reply",
                "params": dict(params),
                **more,
            },
        )

    def environment(self, **more: str) -> dict[str, str]:
        # Toys that are told to fail leave marks outside of their scratch folder, and wait at gates
        # there. What is tested behind walls says --sandbox.
        held = {"VLMHB_RUN_SANDBOX": "0", "VLMHB_TRY_SANDBOX": "0"}
        return dict(os.environ) | {"VLMHB_ENVS": str(self.envs), **held, **more}

    def start(self, *words: str, **more: str) -> "subprocess.Popen[str]":
        """`vlmhb words...`, running."""
        return subprocess.Popen(
            [*MAIN, *words],
            cwd=self.path,
            env=self.environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def vlmhb(self, *words: str, **more: str) -> Finished:
        """`vlmhb words...`, to its end."""
        process = self.start(*words, **more)
        out, err = process.communicate(timeout=PATIENCE_S)
        assert [] == unlike_the_schema(self.path)
        return Finished(process.returncode, out, err)


def derived_files(run_folder: Path) -> dict[str, bytes]:
    """Relative path -> content of everything in `derived/`."""
    derived = run_folder / "derived"
    return {
        str(file.relative_to(derived)): file.read_bytes()
        for file in sorted(derived.rglob("*"))
        if file.is_file()
    }
