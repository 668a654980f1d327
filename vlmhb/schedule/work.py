"""What the scheduler knows about one model."""

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from math import ceil, sqrt

from vlmhb.domain.run import Request
from vlmhb.schedule.standing import Standing
from vlmhb.schedule.tally import Tally

ALONE_AT_MOST = 16
"""So many suspects are asked one by one. That takes less than another load of a model would, which
each group costs that kills its worker."""


@dataclass(slots=True)
class Work:
    """What is known about one model."""

    pending: deque[Request]
    restarts_left: int
    env: str = ""
    weights_ready: bool = False
    tally: Tally = field(default_factory=Tally)
    env_ready: bool = False
    given_up: bool = False
    waits_for_gpu: bool = False
    """Its slot is for others meanwhile."""
    slot: int | None = None
    loaded: bool = False
    stopping: bool = False
    silent: bool = False
    replaced: bool = False
    """Its worker gets nothing more, and another one follows."""
    window: int = 1
    load_error: str = ""
    start_error: tuple[str, str] | None = None
    """Why the first of the starts failed that failed one after the other, and what it printed."""
    failed_starts: int = 0
    outstanding: dict[str, Request] = field(default_factory=dict)
    suspects: deque[deque[Request]] = field(default_factory=deque)
    """Groups of requests that one death, or one after the other, left unanswered. Each is tried
    without the others, and before anything that is pending."""
    accused: deque[deque[Request]] = field(default_factory=deque)
    """Groups that something from outside may have ended a worker or the run for. Each is tried
    without the others, and after all that is pending."""
    waited: set[str] = field(default_factory=set)
    """Ids of all that were ever accused."""
    trial: deque[Request] = field(default_factory=deque)
    """What is still to be sent of the group that is tried."""
    trial_ids: tuple[str, ...] = ()
    """Of that group as a whole; empty while none is tried."""
    spent: int = 0
    """Restarts since there are suspects."""
    sent: dict[str, int] = field(default_factory=dict)
    strikes: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    """Strikes, and whatever else a request did by itself when it was alone."""
    kills: dict[str, int] = field(default_factory=dict)
    """Of the request that was alone each of the last times that a worker was killed from outside;
    empty when the last one had others, or none."""

    @property
    def has_work(self) -> bool:
        """Whether there is a request to send."""
        return bool(self.pending or self.suspects or self.trial or self.accused)

    @property
    def can_start(self) -> bool:
        """Whether nothing but a slot is missing."""
        is_ready = self.env_ready and self.weights_ready and not self.waits_for_gpu
        return is_ready and self.has_work

    @property
    def is_alone(self) -> bool:
        """Whether one request is tried, on purpose, with nothing beside it."""
        return len(self.trial_ids) == 1

    @property
    def begins_trial(self) -> bool:
        """Whether the request that was taken last is the first of a group."""
        return bool(self.trial_ids) and len(self.trial) == len(self.trial_ids) - 1

    def next_request(self) -> Request | None:
        """What may be sent beside all that is outstanding."""
        if not self.outstanding and not self.trial:
            self._choose_trial()
        if self.trial:
            return self.trial.popleft()
        if self.trial_ids or not self.pending:  # a group is tried without others
            return None
        return self.pending.popleft()

    def _choose_trial(self) -> None:
        if self.suspects:
            self.trial = self.suspects.popleft()
        elif self.accused and not self.pending:
            self.trial = self.accused.popleft()
        self.trial_ids = tuple(request.id for request in self.trial)
        self.spent = self.spent if self.trial else 0

    def suspect(self, lost: Sequence[Request]) -> None:
        """A death left `lost` unanswered: try them next, in small groups."""
        groups = [*groups_of(lost), self.trial]
        self.suspects.extendleft(reversed([group for group in groups if group]))
        self.trial = deque()

    def accuse(self, request: Request) -> None:
        """Its worker was killed, and it was alone: let the others be answered first.

        One that waited for them already is tried again at once.
        """
        if request.id in self.waited:
            self.accused.appendleft(deque([request]))
        else:
            self.accused.append(deque([request]))
        self.waited.add(request.id)
        self.suspect(())

    def note_kill(self, lost: Sequence[Request]) -> int:
        """How often in a row that has happened to this request alone; 0 if it was not alone."""
        if len(lost) != 1:
            self.kills = {}
            return 0
        identity = lost[0].id
        self.kills = {identity: self.kills.get(identity, 0) + 1}
        return self.kills[identity]

    def clear_suspects(self) -> None:
        """The one who did it is known: the others are requests like any."""
        others = [*self.trial, *(request for group in self.suspects for request in group)]
        self.pending.extendleft(reversed(others))
        self.suspects.clear()
        self.trial.clear()

    def drop_all(self) -> None:
        """Nothing more is asked."""
        for queue in (self.pending, self.suspects, self.accused, self.trial):
            queue.clear()


def groups_of(requests: Sequence[Request]) -> list[deque[Request]]:
    """One by one where they are few, else as many groups as each has requests."""
    size = 1 if len(requests) <= ALONE_AT_MOST else ceil(sqrt(len(requests)))
    return [deque(requests[start : start + size]) for start in range(0, len(requests), size)]


def work_of(pending: Sequence[Request], standing: Standing, restarts: int) -> Work:
    """The requests of a model, in the order that what is told of them asks for."""
    by_id = {request.id: request for request in pending}

    def named(ids: Collection[str]) -> list[Request]:
        return [by_id.pop(name) for name in ids if name in by_id]

    suspects, crowd = groups_of(named(standing.suspects)), groups_of(named(standing.crowd))
    accused = [deque([request]) for request in named(standing.accused)]
    return Work(
        pending=deque(by_id.values()),
        restarts_left=restarts,
        tally=replace(standing.tally),
        suspects=deque(suspects),
        accused=deque([*crowd, *accused]),
        waited=set(standing.accused),
        strikes=dict(standing.strikes),
        faults=dict(standing.faults),
        kills=dict(standing.kills),
    )
