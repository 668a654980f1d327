"""What the scheduler knows about one model."""

from collections import deque
from collections.abc import Sequence
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
    waits_for_gpu: bool = False
    """Its slot is for others meanwhile."""
    slot: int | None = None
    loaded: bool = False
    stopping: bool = False
    silent: bool = False
    window: int = 1
    load_error: str = ""
    outstanding: dict[str, Request] = field(default_factory=dict)
    suspects: deque[deque[Request]] = field(default_factory=deque)
    """Groups of requests that one death, or one after the other, left unanswered. Each is tried
    without the others, and before anything that is pending."""
    trial: deque[Request] = field(default_factory=deque)
    """What is still to be sent of the group that is tried."""
    trial_size: int = 0
    """Of that group as a whole; 0 while none is tried."""
    spent: int = 0
    """Restarts since there are suspects."""
    sent: dict[str, int] = field(default_factory=dict)
    strikes: dict[str, int] = field(default_factory=dict)
    kills: dict[str, int] = field(default_factory=dict)
    failed_starts: int = 0

    @property
    def has_work(self) -> bool:
        """Whether there is a request to send."""
        return bool(self.pending or self.suspects or self.trial)

    @property
    def can_start(self) -> bool:
        """Whether nothing but a slot is missing."""
        is_ready = self.env_ready and self.weights_ready and not self.waits_for_gpu
        return is_ready and self.has_work

    def next_request(self) -> Request | None:
        """What may be sent beside all that is outstanding."""
        if not self.outstanding and not self.trial:
            self.trial = self.suspects.popleft() if self.suspects else deque()
            self.trial_size = len(self.trial)
            self.spent = self.spent if self.trial else 0
        if self.trial:
            return self.trial.popleft()
        if self.trial_size or not self.pending:  # a group is tried without others
            return None
        return self.pending.popleft()

    def suspect(self, lost: Sequence[Request]) -> None:
        """A death left `lost` unanswered: try them next, in halves."""
        middle = (len(lost) + 1) // 2
        groups = (deque(lost[:middle]), deque(lost[middle:]), self.trial)
        self.suspects.extendleft(reversed([group for group in groups if group]))
        self.trial = deque()

    def clear_suspects(self) -> None:
        """The one who did it is known: the others are requests like any."""
        others = [*self.trial, *(request for group in self.suspects for request in group)]
        self.pending.extendleft(reversed(others))
        self.suspects.clear()
        self.trial.clear()
