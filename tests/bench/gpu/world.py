"""A folder with pages, a model and all that vlmhb needs to ask it."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.bench.gpu.job import Job, Question
from tests.bench.gpu.models import DTYPE, Asked
from tests.bench.gpu.pages import draw_pages
from tests.bench.gpu.settings import CPU, CUDA, Settings
from vlmhb.config import load_model_and_env, read_environ
from vlmhb.domain.envspec import Env
from vlmhb.env import EnvStore
from vlmhb.system.gpus import VISIBLE, list_gpus

ROOT = Path(__file__).parents[3]
ENV = "transformers-5"
"""For random weights."""
SIZE = {CPU: "tiny", CUDA: "2b"}
HEADER = "data_index;split;image_path;question;answer;doc_class;question_type;answer_bbox"


class CommandFailedError(Exception):
    """A command of the bench ended badly; the message begins with the last line it printed."""


@dataclass(frozen=True, slots=True)
class World:
    """What all sides share."""

    settings: Settings
    folder: Path
    asked: Asked
    env: Env
    """The model's."""
    questions: tuple[Question, ...]

    @classmethod
    def create(cls, settings: Settings, folder: Path) -> "World":
        """In a folder that is not there yet; the model's env is built if need be.

        Raises:
            VlmhbError: the env cannot be built, or the model cannot be measured.
        """
        questions = draw_pages(folder / "data" / "pages", settings.samples)
        models = folder / "configs" / "models"
        models.mkdir(parents=True)
        random = Asked("", ENV, folder / "checkpoint", {})
        asked = Asked.named(settings.model) if settings.model else random
        asked.write(models, settings.device)
        _, spec = load_model_and_env(str(models / "one.yaml"))
        env = EnvStore(read_environ().envs).ensure(spec, on_progress=print)
        world = cls(settings, folder, asked, env, questions)
        world._write_run()
        if not settings.model:
            print(f"writing a checkpoint with random weights: {SIZE[settings.device]}", flush=True)
            world.in_env("tests.bench.gpu.checkpoint", SIZE[settings.device], asked.checkpoint)
        return world

    def job(self, count: int, scratch: Path) -> Job:
        """The first `count` questions, for a loop in the model's env."""
        return Job(
            checkpoint=str(self.asked.checkpoint),
            device=self.settings.device,
            dtype=DTYPE[self.settings.device],
            max_new_tokens=self.settings.tokens,
            questions=self.questions[:count],
            scratch=str(scratch),
            told=str(scratch / "told.json"),
        )

    def in_env(self, module: str, *words: object) -> None:
        """Run a module of this repository in the model's env.

        Raises:
            CommandFailedError: it ended badly.
        """
        command = [self.env.python, "-B", "-m", module, *map(str, words)]
        completed(command, ROOT, {**self.environment(), **self.env.variables})

    def environment(self) -> dict[str, str]:
        """This machine's first GPU or none, for whoever computes."""
        gpus, _ = list_gpus()
        gpu = gpus[0].uuid if self.settings.device == CUDA else ""
        return {**os.environ, VISIBLE: gpu}

    def _write_run(self) -> None:
        rows = [f"{one.id};;pages/{one.id}.png;{one.prompt};;page;;" for one in self.questions]
        annotation = self.folder / "data" / "annotation.csv"
        annotation.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
        task = {
            "version": "1",
            "description": "Pages of the bench.",
            "dataset": {
                "name": "pages",
                "format": "annotation_csv",
                "root": "../../data",
                "annotation": "annotation.csv",
                "licence": "own work",
            },
            "prompt": "{{ question }}",
            "generation": {"max_new_tokens": self.settings.tokens},
            "metrics": {"reply": ["cer"]},
        }
        for name, content in (
            ("tasks/pages", task),
            ("runs/bench", {"models": ["one"], "tasks": ["pages"]}),
        ):
            file = self.folder / "configs" / f"{name}.yaml"
            file.parent.mkdir(exist_ok=True)
            file.write_text(yaml.safe_dump(content), encoding="utf-8")


def completed(command: list[str], cwd: Path, environment: Mapping[str, str]) -> None:
    """Run a command to its end.

    Raises:
        CommandFailedError: with the end of what it printed.
    """
    ended = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        said = (ended.stderr or ended.stdout).strip()
        last = said.rpartition("\n")[2]
        raise CommandFailedError("\n".join([last, " ".join(command), said]))
