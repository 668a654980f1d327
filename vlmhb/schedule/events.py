"""What the scheduler is told. `schedule.state` says what follows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vlmhb.domain.answer import Outcome
from vlmhb.schedule.slots import Need, Slot


@dataclass(frozen=True, slots=True)
class EnvReady:
    """An env can be used."""

    env: str
    needs: Mapping[str, Need] = field(default_factory=dict)
    """What a worker takes, of its models that compute on GPUs."""


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
class SlotsBusy:
    """A worker was not started: another run has one of its slots, nobody knows for how long."""

    worker: str
    slot: str = ""
    """Which one; empty for all of them."""


@dataclass(frozen=True, slots=True)
class SlotRefused:
    """A worker was not started: one of its slots cannot hold its model."""

    worker: str
    slot: str
    reason: str
    for_now: bool = False
    """Until `SlotsMayBeFree`."""


@dataclass(frozen=True, slots=True)
class HostFull:
    """A worker was not started: the host's memory has no room for it beside the others."""

    worker: str


@dataclass(frozen=True, slots=True)
class SlotsMayBeFree:
    """It is time to try again those that another run had."""


@dataclass(frozen=True, slots=True)
class SlotLost:
    """A slot can be used no more; a worker that has it ends, and `WorkerGone` follows."""

    slot: str
    reason: str


@dataclass(frozen=True, slots=True)
class SlotJoined:
    """There is one more slot."""

    slot: Slot


@dataclass(frozen=True, slots=True)
class StartRefused:
    """A worker was not started, and would not be at another try, in whatever slot."""

    worker: str
    reason: str


@dataclass(frozen=True, slots=True)
class WorkerLoaded:
    """A worker holds its model and takes up to `window` requests at once."""

    worker: str
    window: int


@dataclass(frozen=True, slots=True)
class WorkerAnswered:
    """An outcome for a request that was outstanding."""

    worker: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class WorkerGone:
    """A worker's process has ended, for whatever reason."""

    worker: str
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
    in_order: bool = False
    """It ended because it was told to, with nothing the matter."""
    place_in_doubt: bool = False
    """Nobody knows whether its slots can still be used: no successor is started there, until
    `SlotsMayBeFree`."""


@dataclass(frozen=True, slots=True)
class WorkerSilent:
    """A worker was silent too long; the executor ends it, and `WorkerGone` follows."""

    worker: str


@dataclass(frozen=True, slots=True)
class ReplacementWanted:
    """A worker should make room for another one when it owes nothing."""

    worker: str


@dataclass(frozen=True, slots=True)
class LoadFailed:
    """The backend could not load its model, and would not at another try in this slot."""

    worker: str
    error: str
    out_of_memory: bool = False
    """Of the GPU: a larger one may do."""


@dataclass(frozen=True, slots=True)
class StopRequested:
    """Send nothing more; answers on their way are still taken."""


Event = (
    EnvReady
    | EnvFailed
    | WeightsReady
    | WeightsFailed
    | SlotsBusy
    | SlotRefused
    | HostFull
    | SlotsMayBeFree
    | SlotLost
    | SlotJoined
    | StartRefused
    | WorkerLoaded
    | WorkerAnswered
    | WorkerSilent
    | ReplacementWanted
    | WorkerGone
    | LoadFailed
    | StopRequested
)
