"""What a worker reports, in the order it happens. `Died` is always the last."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from vlmhb.domain.answer import ErrorInfo, Outcome


@dataclass(frozen=True, slots=True)
class Hello:
    """The interpreter runs and speaks our protocol; nothing is loaded yet."""

    worker_version: str
    python: str
    pid: int
    """Of the process that holds the model; its guard is the process the host started."""


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """Loading goes on."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """The model takes requests."""

    load_s: float
    window: int
    """How many requests may be unanswered at a time."""
    batch_size: int
    gpu_memory_bytes: int | None
    facts: Mapping[str, str]
    """What the backend thinks worth recording."""


@dataclass(frozen=True, slots=True)
class LoadFailed:
    """The backend could not load its model. The worker waits to be shut down."""

    error: ErrorInfo


@dataclass(frozen=True, slots=True)
class Answered:
    """One request is settled. The outcome's `attempt` is 1; whoever sends again counts."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Logged:
    """A remark of the worker for the operator."""

    level: str
    text: str


class DeathKind(str, Enum):
    """How a worker came to its end."""

    EXIT = "exit"
    SIGNAL = "signal"
    PROTOCOL = "protocol"
    """It sent something it must not send, so it was killed."""
    HOST = "host"
    """This process could not look after it any more, so it was killed."""
    CLOSED = "closed"
    """We asked for it."""


@dataclass(frozen=True, slots=True)
class Death:
    """The end of a worker and all its processes."""

    kind: DeathKind
    detail: str
    """The exit code, the signal's name, or what was wrong with what it sent."""
    by_itself: bool
    """True when the model's own code did it; False when somebody outside may have."""
    stderr_tail: str
    """The last 64 KiB of everything it printed."""
    changed_weights: tuple[str, ...] = ()
    """Files of its weights that are no longer what they were when it started."""


@dataclass(frozen=True, slots=True)
class Died:
    """No more events come."""

    death: Death


WorkerEvent = Hello | LoadProgress | Loaded | LoadFailed | Answered | Logged | Died
