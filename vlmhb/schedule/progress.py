"""What the executor tells while it works: everything a run records or shows comes through here."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from vlmhb.domain.answer import Outcome
from vlmhb.domain.envspec import Env
from vlmhb.domain.gpu_figures import GpuFigures
from vlmhb.domain.loaded_weights import LoadedWeights
from vlmhb.domain.sandbox import Sandbox
from vlmhb.domain.telemetry import WorkerTelemetry
from vlmhb.domain.trouble import Trouble


@dataclass(frozen=True, slots=True)
class Queued:
    """A model will be asked, once its env is ready."""

    model: str
    env: str


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
class WeightsStep:
    """How far fetching a model's weights has come."""

    model: str
    stage: str
    done_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class WeightsFetched:
    """A model's weights are on this machine."""

    model: str
    weights: LoadedWeights


@dataclass(frozen=True, slots=True)
class GpuAwaited:
    """A model could start, but for a GPU."""

    model: str
    reason: str


@dataclass(frozen=True, slots=True)
class ModelStarting:
    """A worker was started for a model."""

    model: str
    worker: str


@dataclass(frozen=True, slots=True)
class LoadStep:
    """How far a worker has come with loading its model."""

    model: str
    worker: str
    stage: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class ModelLoaded:
    """A worker takes requests to its model."""

    model: str
    worker: str
    load_s: float
    window: int
    gpu_memory_bytes: int | None
    facts: Mapping[str, str]
    env: str
    """Fingerprint of the env its worker runs in."""
    gpu: GpuFigures | None = None
    """What is known of its GPU so far; None for a model without one."""
    more_gpus: tuple[GpuFigures, ...] = ()
    """The same of the others, where it is split over several."""
    weights: LoadedWeights | None = None
    sandbox: Sandbox | None = None
    """What is in force around its worker."""
    host: str = ""
    """The machine it runs on; empty for the one that the run is started on."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A request has its outcome."""

    model: str
    outcome: Outcome
    is_late: bool = False
    """It comes from an earlier start, which the outcome names as its segment."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a worker took of the machine, every second or so."""

    worker: WorkerTelemetry
    """With one reading, the newest; its `segment` is for who records it."""
    name: str = ""
    """Of the worker."""
    is_last: bool = False
    """The worker is gone."""

    @property
    def model(self) -> str:
        """Of the worker."""
        return self.worker.model


@dataclass(frozen=True, slots=True)
class GpuUnread:
    """Figures of a worker's GPU are at an end, while it goes on."""

    model: str
    reason: str
    worker: str


@dataclass(frozen=True, slots=True)
class WorkerLost:
    """A worker ended before its work was done."""

    model: str
    worker: str
    reason: str


@dataclass(frozen=True, slots=True)
class WorkerLeft:
    """A worker ended, and the others of its model go on without it."""

    model: str
    worker: str
    reason: str = ""
    """Why it ended before its time; empty when it was to end."""


@dataclass(frozen=True, slots=True)
class WorkerReplaced:
    """A worker ended as it should, and another one goes on with its work."""

    model: str
    worker: str
    reason: str


@dataclass(frozen=True, slots=True)
class Troubled:
    """Something went wrong with requests that the next start has to know.

    It must be on the disk before the executor is asked to go on.
    """

    trouble: Trouble

    @property
    def model(self) -> str:
        """Whose requests they are."""
        return self.trouble.model


@dataclass(frozen=True, slots=True)
class WeightsChanged:
    """Files that a worker was loaded from changed while it ran."""

    model: str
    files: tuple[str, ...]

    @property
    def text(self) -> str:
        """What that means."""
        more = f" and {len(self.files) - 1} more" if len(self.files) > 1 else ""
        return (
            f"its weights changed while it ran, maybe by its own code: {self.files[0]}{more}; do "
            "not trust its answers, or those of later runs, before these files are fetched anew"
        )


@dataclass(frozen=True, slots=True)
class GpuReturned:
    """A worker is gone, and its GPU free again, or closed for the rest of the run."""

    model: str
    figures: GpuFigures
    problem: str
    """Why it is closed; empty when it is free."""


@dataclass(frozen=True, slots=True)
class GaveUp:
    """A model's remaining requests stay unanswered."""

    model: str
    reason: str
    printed: str = ""
    """The end of what its last worker printed, or the traceback of its load."""

    @property
    def text(self) -> str:
        """All that is known, as it is kept."""
        return f"{self.reason}\n{self.printed}" if self.printed else self.reason


@dataclass(frozen=True, slots=True)
class Noted:
    """Something about the run as a whole that should be read."""

    text: str


Progress = (
    Queued
    | EnvStep
    | EnvBuilt
    | WeightsStep
    | WeightsFetched
    | GpuAwaited
    | ModelStarting
    | LoadStep
    | ModelLoaded
    | Answered
    | Measured
    | GpuUnread
    | WorkerLost
    | WorkerLeft
    | WorkerReplaced
    | Troubled
    | WeightsChanged
    | GpuReturned
    | GaveUp
    | Noted
)


class Observer(Protocol):
    """Someone who watches a run. What they do has no effect on it."""

    def planned(self, folder: Path, left: Mapping[str, int], done: Mapping[str, int]) -> None:
        """The run in `folder` is about to start; requests left and done, by model."""
        ...

    def see(self, step: Progress) -> None:
        """One thing happened."""
        ...
