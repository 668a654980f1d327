"""What a loop in a model's env is told, and what it tells: two JSON files."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.bench.gpu.plain_model import PlainModel


@dataclass(frozen=True)
class Question:
    """One prompt about one page."""

    id: str
    page: str
    """Path of a picture."""
    prompt: str


@dataclass(frozen=True)
class Job:
    """Which model is asked what."""

    checkpoint: str
    device: str
    """`cpu` or `cuda`."""
    dtype: str
    """The name that torch has for it."""
    max_new_tokens: int
    questions: tuple[Question, ...]
    scratch: str
    """A folder that is the loop's own."""
    told: str
    """The file that `Told` is written to."""

    @classmethod
    def read(cls, path: Path) -> "Job":
        """The job in this file."""
        words = json.loads(path.read_text(encoding="utf-8"))
        questions = tuple(Question(**question) for question in words.pop("questions"))
        return cls(questions=questions, **words)

    def write(self, path: Path) -> None:
        """Write it into this file."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")


@dataclass(frozen=True)
class Told:
    """What came of a job."""

    answering_s: float
    """From the first question to the last answer."""
    answers: Mapping[str, str]
    """By the question's id."""
    tokens: int
    """Of all answers."""
    facts: Mapping[str, str]
    """Versions and device."""

    @classmethod
    def of(cls, model: "PlainModel", began_s: float, answers: Mapping[str, str]) -> "Told":
        """All answers are there; `time.perf_counter` was at `began_s` when they were not."""
        return cls(time.perf_counter() - began_s, answers, model.tokens, model.facts())

    @classmethod
    def read(cls, path: Path) -> "Told":
        """What this file tells."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def write(self, path: Path) -> None:
        """Write it into this file."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")
