"""What the scheduler is told. `schedule.state` says what follows."""

from dataclasses import dataclass

from vlmhb.domain.answer import Outcome


@dataclass(frozen=True, slots=True)
class EnvReady:
    """An env can be used."""

    env: str


@dataclass(frozen=True, slots=True)
class EnvFailed:
    """An env cannot be built."""

    env: str
    error: str


@dataclass(frozen=True, slots=True)
class WeightsReady:
    """A model's weights are on this machine."""

    model: str


@dataclass(frozen=True, slots=True)
class WeightsFailed:
    """A model's weights cannot be had."""

    model: str
    error: str


@dataclass(frozen=True, slots=True)
class GpuAwaited:
    """A model's worker was not started: another run has the GPU, nobody knows for how long."""

    model: str


@dataclass(frozen=True, slots=True)
class GpuMayBeFree:
    """It is time to try again to start those who wait for a GPU."""


@dataclass(frozen=True, slots=True)
class StartRefused:
    """A model's worker was not started, and would not be at another try."""

    model: str
    reason: str


@dataclass(frozen=True, slots=True)
class WorkerLoaded:
    """A worker holds its model and takes up to `window` requests at once."""

    model: str
    window: int


@dataclass(frozen=True, slots=True)
class WorkerAnswered:
    """An outcome for a request that was outstanding."""

    model: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class WorkerGone:
    """A worker's process has ended, for whatever reason."""

    model: str
    reason: str
    """For the user."""
    by_itself: bool
    """False when it was killed from outside."""
    printed: str = ""
    """The end of what it printed."""
    out_of_memory: bool = False
    """The kernel killed it, and told that it was for the machine's memory."""
    is_planned: bool = False
    """It made room for another one, as was wanted."""


@dataclass(frozen=True, slots=True)
class WorkerSilent:
    """A worker was silent too long; the executor ends it, and `WorkerGone` follows."""

    model: str


@dataclass(frozen=True, slots=True)
class ReplacementWanted:
    """A worker should make room for another one when it owes nothing."""

    model: str


@dataclass(frozen=True, slots=True)
class LoadFailed:
    """The backend could not load its model, and would not at another try."""

    model: str
    error: str


@dataclass(frozen=True, slots=True)
class StopRequested:
    """Send nothing more; answers on their way are still taken."""


Event = (
    EnvReady
    | EnvFailed
    | WeightsReady
    | WeightsFailed
    | GpuAwaited
    | GpuMayBeFree
    | StartRefused
    | WorkerLoaded
    | WorkerAnswered
    | WorkerSilent
    | ReplacementWanted
    | WorkerGone
    | LoadFailed
    | StopRequested
)
