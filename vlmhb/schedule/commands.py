"""What the scheduler wants done. `schedule.state` says when."""

from dataclasses import dataclass

from vlmhb.domain.answer import Outcome
from vlmhb.domain.run import Request
from vlmhb.domain.trouble import Trouble


@dataclass(frozen=True, slots=True)
class BuildEnv:
    """Make an env ready, or find it built. Asked once per env, in the order to build them."""

    env: str


@dataclass(frozen=True, slots=True)
class FetchWeights:
    """Make a model's weights ready, after those asked for before. Asked once, when it is time."""

    model: str


@dataclass(frozen=True, slots=True)
class StartWorker:
    """Start a worker in these slots and load its model."""

    model: str
    worker: str
    slots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Send:
    """Send a request to a worker."""

    worker: str
    request: Request


@dataclass(frozen=True, slots=True)
class StopWorker:
    """Let a worker end; `WorkerGone` follows."""

    worker: str


@dataclass(frozen=True, slots=True)
class Record:
    """Keep an outcome for good."""

    model: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class NoteTrouble:
    """Keep this for the next start, on the disk before any command after it is carried out."""

    trouble: Trouble


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The model's other requests stay unanswered in this run."""

    model: str
    reason: str
    printed: str = ""
    """The end of what its last worker printed."""


Command = BuildEnv | FetchWeights | StartWorker | Send | StopWorker | Record | NoteTrouble | GiveUp
