"""What the scheduler knows about one worker of a model."""

from collections import deque
from dataclasses import dataclass, field

from vlmhb.domain.run import Request


@dataclass(slots=True)
class Hand:
    """One worker, from its start to its end; a successor in its slots is another one."""

    model: str
    worker: str
    """Its name: the model's, with `#2`, `#3` behind it for those beside the first."""
    started_at_s: float = 0.0
    loaded_at_s: float | None = None
    """None until it holds its model."""
    answered: int = 0
    window: int = 1
    stopping: bool = False
    silent: bool = False
    replaced: bool = False
    """It gets nothing more, and a successor takes its slots."""
    leaving: bool = False
    """It gets nothing more: its slots go to another model, or the run is being stopped."""
    load_error: str = ""
    is_too_large: bool = False
    """Why that was: its GPU has too little memory."""
    outstanding: dict[str, Request] = field(default_factory=dict)
    shard: deque[Request] = field(default_factory=deque)
    """Taken from the model's requests and still to be sent: those of one document, mostly."""
    trial: deque[Request] = field(default_factory=deque)
    """What is still to be sent of the group that is tried."""
    trial_ids: tuple[str, ...] = ()
    """Of that group as a whole; empty while none is tried."""

    @property
    def loaded(self) -> bool:
        """Whether it takes requests."""
        return self.loaded_at_s is not None

    @property
    def may_be_sent(self) -> bool:
        """Whether it may get one more request."""
        return self.loaded and not (self.stopping or self.replaced or self.leaving)

    @property
    def is_alone(self) -> bool:
        """Whether one request is tried, on purpose, with nothing beside it."""
        return len(self.trial_ids) == 1

    @property
    def begins_trial(self) -> bool:
        """Whether the request that was taken last is the first of a group."""
        return bool(self.trial_ids) and len(self.trial) == len(self.trial_ids) - 1

    def rate(self, now_s: float) -> float | None:
        """Answers per second since it was loaded; None while nobody can tell."""
        if self.loaded_at_s is None or not self.answered or now_s <= self.loaded_at_s:
            return None
        return self.answered / (now_s - self.loaded_at_s)


def worker_name(model: str, number: int) -> str:
    """Of the `number`-th worker of a model that runs at the same time, from 1."""
    return model if number == 1 else f"{model}#{number}"
