"""What one invocation is asked to do, and the plan that follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass

from vlmhb.domain.envspec import EnvSpec
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.sample import Page, Sample
from vlmhb.domain.task import AnswerKind, Generation, Task


@dataclass(frozen=True, slots=True)
class RunConfig:
    """A run file with every name in it resolved."""

    name: str
    source: str
    """The run file, as the user named it."""
    models: tuple[ModelSpec, ...]
    tasks: tuple[Task, ...]
    envspecs: Mapping[str, EnvSpec]
    """The ones the models name."""
    max_workers: int
    limit: int | None
    """Samples per task, by whole documents; None takes all."""
    seed: int


@dataclass(frozen=True, slots=True)
class LoadedTask:
    """A task with its samples read."""

    task: Task
    samples: tuple[Sample, ...]
    dataset_sha256: str
    """Over the annotation rows and the digest of every page, in order."""


@dataclass(frozen=True, slots=True)
class Request:
    """One inference: a model, a prompt and some pages. Several samples may share its answer."""

    id: str
    """32 hex digits over everything that may change the answer."""
    model: str
    prompt: str
    """Empty for models that take none."""
    system_prompt: str
    root: str
    """Absolute path that the pages' paths start from."""
    pages: tuple[Page, ...]
    generation: Generation


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One model on one task."""

    model: str
    task: str
    answers: AnswerKind
    requests: tuple[tuple[str, str], ...]
    """(sample id, request id) in the task's order."""

    @property
    def id(self) -> str:
        """`model/task`."""
        return f"{self.model}/{self.task}"


@dataclass(frozen=True, slots=True)
class RunPlan:
    """Every inference of a run, each named once."""

    evaluations: tuple[Evaluation, ...]
    requests: Mapping[str, tuple[Request, ...]]
    """By model name, in the order they are sent."""
