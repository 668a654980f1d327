"""A model under evaluation and what it needs from the machine."""

from collections.abc import Mapping
from dataclasses import dataclass

from vlmhb.domain.digest import Json
from vlmhb.domain.task import AnswerKind


@dataclass(frozen=True, slots=True)
class FileNeed:
    """A file of the system that a model reads and no package can bring along."""

    path: str
    """Absolute."""
    install: str
    """The command that puts it there."""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Everything needed to load one model in one way."""

    name: str
    backend: str
    """`module:Class` inside the env, a subclass of `vlmhb_worker.backend.Backend`."""
    env: str
    """Name of the envspec."""
    answers: AnswerKind
    params: Mapping[str, Json]
    """Handed to the backend as they are."""
    files: tuple[FileNeed, ...] = ()
    description: str = ""
    mechanism_only: bool = False
    """True for checkpoints with random weights: they show that the machinery works, and their
    scores say nothing about a model."""
    load_timeout_s: float = 600.0
    """The longest silence allowed while loading; every progress message starts it again."""
    answer_timeout_s: float = 300.0
    """The longest silence allowed while answers are owed."""
