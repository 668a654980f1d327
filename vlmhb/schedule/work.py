"""What the scheduler knows about one model."""

from collections import deque
from dataclasses import dataclass, field

from vlmhb.domain.run import Request


@dataclass(slots=True)
class Work:
    """What is known about one model."""

    env: str
    pending: deque[Request]
    restarts_left: int
    weights_ready: bool
    env_ready: bool = False
    given_up: bool = False
    waits_for_card: bool = False
    """Its slot is for others meanwhile."""
    slot: int | None = None
    loaded: bool = False
    stopping: bool = False
    silent: bool = False
    window: int = 1
    load_error: str = ""
    outstanding: dict[str, Request] = field(default_factory=dict)
    suspects: deque[Request] = field(default_factory=deque)
    suspected: set[str] = field(default_factory=set)
    """Ids of all requests that ever were suspects."""
    sent: dict[str, int] = field(default_factory=dict)
    strikes: dict[str, int] = field(default_factory=dict)
    kills: dict[str, int] = field(default_factory=dict)
    failed_starts: int = 0

    @property
    def has_work(self) -> bool:
        """Whether there is a request to send."""
        return bool(self.pending or self.suspects)

    @property
    def can_start(self) -> bool:
        """Whether nothing but a slot is missing."""
        is_ready = self.env_ready and self.weights_ready and not self.waits_for_card
        return is_ready and self.has_work
