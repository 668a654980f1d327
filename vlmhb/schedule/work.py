"""What the scheduler knows about one model."""

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import ceil, sqrt

from vlmhb.domain.run import Request
from vlmhb.schedule.hand import Hand, worker_name
from vlmhb.schedule.slots import NO_GPU, Need
from vlmhb.schedule.standing import Standing
from vlmhb.schedule.tally import Tally

ALONE_AT_MOST = 16
"""So many suspects are asked one by one. That takes less than another load of a model would, which
each group costs that kills its worker."""
SHARD_AT_MOST = 16
"""Requests that one worker takes at once because they show the same document: engines that keep
what they read of a page read it once. More would leave others with nothing to do at the end."""


@dataclass(slots=True)
class Work:
    """What is known about one model."""

    model: str
    pending: deque[Request]
    restarts_left: int
    env: str = ""
    need: Need = NO_GPU
    """What each of its workers takes, once its env is ready."""
    weighted: bool = False
    """Whether it has weights to wait for."""
    weights_asked: bool = False
    weights_ready: bool = False
    turn: int = 0
    """Its place among the models that are made ready one after the other."""
    tally: Tally = field(default_factory=Tally)
    env_ready: bool = False
    given_up: bool = False
    hands: dict[str, Hand] = field(default_factory=dict)
    """Its workers, by name."""
    refused: dict[str, str] = field(default_factory=dict)
    """Slot -> why none of its workers is started there."""
    full: dict[str, str] = field(default_factory=dict)
    """The same, until it is tried again."""
    is_crowded: bool = False
    """The host has no memory for a further worker, until one of whatever model is gone."""
    load_s: float | None = None
    """What loading took, the last time."""
    start_error: tuple[str, str] | None = None
    """Why the first of the starts failed that failed one after the other, and what it printed."""
    failed_starts: int = 0
    lost_loads: dict[tuple[str, ...], int] = field(default_factory=dict)
    """By slots: how often in a row a worker was killed from outside there before it was loaded."""
    suspects: deque[deque[Request]] = field(default_factory=deque)
    """Groups of requests that one death, or one after the other, left unanswered. Each is tried
    without the others, and before anything that is pending."""
    accused: deque[deque[Request]] = field(default_factory=deque)
    """Groups that something from outside may have ended a worker or the run for. Each is tried
    without the others, and after all that is pending."""
    deaths: dict[str, int] = field(default_factory=dict)
    """Of each suspect: which death it is one of, counted from 0."""
    waited: set[str] = field(default_factory=set)
    """Ids of all that were ever accused."""
    spent: int = 0
    """Restarts since there are suspects, with whichever worker."""
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
        if self.pending or self.suspects or self.accused:
            return True
        return any(hand.shard or hand.trial for hand in self.hands.values())

    @property
    def is_ready(self) -> bool:
        """Whether a worker could start, had it a slot."""
        return self.env_ready and (self.weights_ready or not self.weighted) and self.has_work

    @property
    def unsent(self) -> int:
        """Requests that a further worker could take."""
        return len(self.pending) + sum(map(len, self.suspects))

    @property
    def is_loaded(self) -> bool:
        """Whether a worker holds the model."""
        return any(hand.loaded for hand in self.hands.values())

    def refuse(self, slots: Collection[str], reason: str) -> None:
        """Start none of its workers there."""
        self.refused.update(dict.fromkeys(slots, reason))

    def join(self) -> Hand:
        """One more worker."""
        number = 1
        while (name := worker_name(self.model, number)) in self.hands:
            number += 1
        self.hands[name] = Hand(self.model, name)
        return self.hands[name]

    def leave(self, hand: Hand) -> None:
        """The worker is gone, and had sent all it is to be charged with: others take the rest."""
        del self.hands[hand.worker]
        self.pending.extendleft(reversed(hand.shard))

    def has_work_for(self, hand: Hand) -> bool:
        """Whether this worker has more to do than wait for its answers."""
        if self.pending or self.suspects or hand.shard or hand.trial:
            return True
        return bool(self.accused) and self._is_last(hand)

    @property
    def wants_successor(self) -> bool:
        """Whether one that is gone left something to do, beside what the others do."""
        return self.is_ready and bool(self.unsent or not self.hands)

    def may_load_elsewhere(self, hand: Hand) -> bool:
        """Whether another worker holds the model, or may come to hold it."""
        others = (one for one in self.hands.values() if one is not hand)
        return any(one.loaded or not one.stopping for one in others)

    def share(self, hand: Hand, now_s: float) -> int:
        """How many requests this worker may have at once.

        As many as it takes, until fewer are left than all take together: then each has as many as
        it answers of them while the others answer theirs, and none is waited for alone.
        """
        if hand.trial_ids:
            return hand.window
        others = [one for one in self.hands.values() if one.may_be_sent and one is not hand]
        if not others or self.unsent > hand.window + sum(one.window for one in others):
            return hand.window
        rates = [one.rate(now_s) for one in (hand, *others)]
        told = [rate for rate in rates if rate]
        usual = sum(told) / len(told) if told else 1.0
        speeds = [rate or usual for rate in rates]
        open_ = sum(len(one.outstanding) + len(one.shard) for one in (hand, *others))
        fair = ceil((self.unsent + open_) * speeds[0] / sum(speeds))
        return min(hand.window, max(1, fair))

    def next_request(self, hand: Hand) -> Request | None:
        """What this worker may be sent beside all that it has."""
        if not hand.outstanding and not hand.trial:
            self._choose_trial(hand)
        if hand.trial:
            return hand.trial.popleft()
        if hand.trial_ids:  # a group is tried without others
            return None
        if not hand.shard:
            hand.shard.extend(self._cut_shard())
        return hand.shard.popleft() if hand.shard else None

    def _choose_trial(self, hand: Hand) -> None:
        if self.suspects:
            hand.trial = self.suspects.popleft()
        elif self.accused and not (self.pending or hand.shard) and self._is_last(hand):
            hand.trial = self.accused.popleft()
        hand.trial_ids = tuple(request.id for request in hand.trial)
        if not any(one.trial_ids for one in self.hands.values()):
            self.spent = 0

    def _is_last(self, hand: Hand) -> bool:
        """Whether nothing is asked beside what this worker is asked.

        One that still loads takes nothing from one that is loaded: its load would be for nothing.
        """
        others = (one for one in self.hands.values() if one is not hand)
        return all(
            not one.outstanding and (one.stopping or (hand.loaded and not one.loaded))
            for one in others
        )

    def _cut_shard(self) -> Iterator[Request]:
        """The next requests, as long as they show the same pages."""
        if not self.pending:
            return
        first = self.pending.popleft()
        yield first
        for _ in range(SHARD_AT_MOST - 1):
            if not first.pages or not self.pending or self.pending[0].pages != first.pages:
                return
            yield self.pending.popleft()

    def suspect(self, lost: Sequence[Request], hand: Hand) -> None:
        """A death left `lost` unanswered: try them next, in small groups."""
        death = max(self.deaths.values(), default=-1) + 1
        for request in lost:  # those that were tried are still looked at for the same one
            self.deaths.setdefault(request.id, death)
        groups = [*groups_of(lost), hand.trial]
        self.suspects.extendleft(reversed([group for group in groups if group]))
        hand.trial = deque()

    def accuse(self, request: Request, hand: Hand) -> None:
        """Its worker was killed, and it was alone: let the others be answered first.

        One that waited for them already is tried again at once.
        """
        if request.id in self.waited:
            self.accused.appendleft(deque([request]))
        else:
            self.accused.append(deque([request]))
        self.waited.add(request.id)
        self.suspect((), hand)

    def note_kill(self, lost: Sequence[Request]) -> int:
        """How often in a row that has happened to this request alone; 0 if it was not alone."""
        if len(lost) != 1:
            self.kills = {}
            return 0
        identity = lost[0].id
        self.kills = {identity: self.kills.get(identity, 0) + 1}
        return self.kills[identity]

    def clear_suspects(self, request: Request, hand: Hand) -> None:
        """It did it: the others that are suspects of the same death are requests like any."""
        death = self.deaths.get(request.id)
        others, kept = [*hand.trial], deque[deque[Request]]()
        for group in self.suspects:
            if self.deaths.get(group[0].id) == death:
                others.extend(group)
            else:
                kept.append(group)
        self.suspects = kept
        self.pending.extendleft(reversed(others))
        hand.trial.clear()
        for one in (request, *others):
            self.deaths.pop(one.id, None)

    def drop_all(self) -> None:
        """Nothing more is asked."""
        for queue in (self.pending, self.suspects, self.accused):
            queue.clear()
        for hand in self.hands.values():
            hand.shard.clear()
            hand.trial.clear()

    def left_s(self, now_s: float) -> float | None:
        """How long its workers need for what is unsent; None while nobody can tell."""
        rates = [rate for hand in self.hands.values() if (rate := hand.rate(now_s))]
        if not rates:
            return None
        # Those that still load will be as fast as the others.
        return self.unsent / (sum(rates) / len(rates) * len(self.hands))


def groups_of(requests: Sequence[Request]) -> list[deque[Request]]:
    """One by one where they are few, else as many groups as each has requests."""
    size = 1 if len(requests) <= ALONE_AT_MOST else ceil(sqrt(len(requests)))
    return [deque(requests[start : start + size]) for start in range(0, len(requests), size)]


def work_of(model: str, pending: Sequence[Request], standing: Standing, restarts: int) -> Work:
    """The requests of a model, in the order that what is told of them asks for."""
    by_id = {request.id: request for request in pending}

    def named(ids: Collection[str]) -> list[Request]:
        return [by_id.pop(name) for name in ids if name in by_id]

    suspects, crowd = groups_of(named(standing.suspects)), groups_of(named(standing.crowd))
    accused = [deque([request]) for request in named(standing.accused)]
    return Work(
        model=model,
        pending=deque(by_id.values()),
        restarts_left=restarts,
        tally=replace(standing.tally),
        suspects=deque(suspects),
        deaths={request.id: 0 for group in suspects for request in group},
        accused=deque([*crowd, *accused]),
        waited=set(standing.accused),
        strikes=dict(standing.strikes),
        faults=dict(standing.faults),
        kills=dict(standing.kills),
    )
