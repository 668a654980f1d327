"""What the executor tells while it works: everything a run records or shows comes through here."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from vlmhb.domain.answer import Outcome
from vlmhb.domain.envspec import Env


@dataclass(frozen=True, slots=True)
class EnvStep:
    """A line about an env being built."""

    env: str
    line: str


@dataclass(frozen=True, slots=True)
class EnvBuilt:
    """An env is ready."""

    env: Env


@dataclass(frozen=True, slots=True)
class ModelStarting:
    """A worker was started for a model."""

    model: str


@dataclass(frozen=True, slots=True)
class LoadStep:
    """How far loading a model has come."""

    model: str
    stage: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class ModelLoaded:
    """A model takes requests."""

    model: str
    load_s: float
    window: int
    gpu_memory_bytes: int | None
    facts: Mapping[str, str]
    env: str
    """Fingerprint of the env its worker runs in."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A request has its outcome."""

    model: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class WorkerLost:
    """A worker ended before its work was done."""

    model: str
    reason: str


@dataclass(frozen=True, slots=True)
class GaveUp:
    """A model's remaining requests stay unanswered."""

    model: str
    reason: str


Progress = (
    EnvStep | EnvBuilt | ModelStarting | LoadStep | ModelLoaded | Answered | WorkerLost | GaveUp
)


class Observer(Protocol):
    """Someone who watches a run. What they do has no effect on it."""

    def planned(self, folder: Path, left: Mapping[str, int], done: Mapping[str, int]) -> None:
        """The run in `folder` is about to start; requests left and done, by model."""
        ...

    def see(self, step: Progress) -> None:
        """One thing happened."""
        ...
