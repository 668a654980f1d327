"""A model under evaluation and what it needs from the machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vlmhb.domain.digest import Json
from vlmhb.domain.prompt import PromptSet
from vlmhb.domain.task import AnswerKind
from vlmhb.domain.worker_limits import WorkerLimits

IMPORTED = "imported"
"""The backend of a model whose answers were made elsewhere: there is nothing to load."""


@dataclass(frozen=True, slots=True)
class FileNeed:
    """A file of the system that a model reads and no package can bring along."""

    path: str
    """Absolute."""
    install: str
    """The command that puts it there."""


@dataclass(frozen=True, slots=True)
class WeightsRef:
    """Where a model's weights come from: a repo of the hub, or a folder of this machine."""

    repo: str = ""
    """`Org/Name`; empty when `path` is given."""
    revision: str = "main"
    """A commit, or a branch or tag that is resolved to one when it is fetched."""
    path: str = ""
    """Absolute."""
    include: tuple[str, ...] = ()
    """Patterns of the files to fetch; empty takes what a model needs."""
    also: "tuple[WeightsRef, ...]" = ()
    """Further repos, which the model's code opens by name."""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Everything needed to load one model in one way."""

    name: str
    backend: str
    """`module:Class` inside the env, a subclass of `vlmhb_worker.backend.Backend`; or IMPORTED."""
    env: str
    """Name of the envspec; empty for answers that were imported."""
    answers: AnswerKind
    params: Mapping[str, Json]
    """Handed to the backend as they are."""
    weights: WeightsRef | None = None
    """None for engines that bring their own."""
    trust_remote_code: bool = False
    """Whether Python code that comes with the weights may run in the worker."""
    secrets: tuple[str, ...] = ()
    """Environment variables of the host whose values the worker is told, and nobody else."""
    min_gpu_memory_gib: float = 0.0
    """Free memory that a GPU must have before loading is tried; of each of its GPUs."""
    gpus: int = 1
    """GPUs that one worker takes, where it takes any: more for a model that is split over them."""
    files: tuple[FileNeed, ...] = ()
    description: str = ""
    mechanism_only: bool = False
    """True for checkpoints with random weights: they show that the machinery works, and their
    scores say nothing about a model."""
    load_timeout_s: float = 600.0
    """The longest silence allowed while loading; every progress message starts it again."""
    answer_timeout_s: float = 300.0
    """The longest silence allowed while answers are owed."""
    limits: WorkerLimits = field(default_factory=WorkerLimits)
    prompts: Mapping[str, PromptSet] = field(default_factory=dict)
    """By task, or `*` for every other one: what this model is asked with instead of the task's."""
    tasks: tuple[str, ...] = ()
    """The tasks of the run that it is evaluated on; empty for all of them."""

    def is_asked(self, task: str) -> bool:
        """Whether it is evaluated on the run's task of this name."""
        return not self.tasks or task in self.tasks
