"""Which of the waiting requests are answered together."""

from dataclasses import dataclass
from typing import Hashable, Optional, Sequence, Tuple


@dataclass(frozen=True)
class Load:
    """What one request weighs in a batch."""

    key: Hashable
    """Requests with different keys cannot share a batch."""
    length: int
    """Positions of its question."""
    room: int
    """Positions that its answer may take."""
    is_alone: bool = False
    """Whether it shares a batch with nobody."""


@dataclass(frozen=True)
class Limits:
    """How large a batch may be."""

    rows: int
    positions: Optional[int] = None
    """Of all rows together, padding and answers included; None: not known to be short."""

    def allow(self, loads: Sequence[Load]) -> bool:
        """Whether these fit. One alone always does: less cannot be asked."""
        if len(loads) <= 1:
            return True
        if len(loads) > self.rows:
            return False
        return self.positions is None or positions_of(loads) <= self.positions


def positions_of(loads: Sequence[Load]) -> int:
    """What a batch takes: every row is as long as the longest, question and answer."""
    longest = max((load.length for load in loads), default=0)
    room = max((load.room for load in loads), default=0)
    return len(loads) * (longest + room)


@dataclass(frozen=True)
class Cut:
    """A batch, cut out of a queue."""

    places: Tuple[int, ...]
    """Indexes of its requests; empty for an empty queue."""
    is_full: bool
    """Whether no request that comes later could join it."""


def next_batch(waiting: Sequence[Load], limits: Limits) -> Cut:
    """The first that waits, and those nearest to it in length.

    Taking the first keeps any request from waiting for ever; taking its neighbours in length keeps
    the padding small. Among equals the earlier goes first, so that the same queue is always cut
    into the same batches.
    """
    if not waiting:
        return Cut((), is_full=False)
    first = waiting[0]
    if first.is_alone:
        return Cut((0,), is_full=True)
    mates = [
        place
        for place in range(1, len(waiting))
        if waiting[place].key == first.key and not waiting[place].is_alone
    ]
    mates.sort(key=lambda place: (abs(waiting[place].length - first.length), place))
    taken = [0]
    for place in mates:
        if not limits.allow([waiting[index] for index in [*taken, place]]):
            return Cut(tuple(taken), is_full=True)
        taken.append(place)
    # One more like the first is the least that could come.
    return Cut(tuple(taken), not limits.allow([waiting[index] for index in [*taken, 0]]))
