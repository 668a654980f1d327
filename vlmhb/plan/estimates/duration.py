"""Duration: how long a run will take, by what the same models took before."""

from collections.abc import Sequence
from dataclasses import dataclass

from vlmhb.domain.past import Past


@dataclass(frozen=True, slots=True)
class Duration:
    """How long one model will take."""

    model: str
    left: int
    """Requests without an outcome."""
    past: Past | None
    """None: no run has told yet."""
    total_s: float | None


def duration_of(model: str, left: int, past: Past | None, *, builds: bool) -> Duration:
    """Building where that is needed and known, loading, and answering what is left."""
    if left == 0:
        return Duration(model, 0, past, 0.0)
    if past is None:
        return Duration(model, left, None, None)
    ready_s = (past.load_s or 0.0) + ((past.build_s or 0.0) if builds else 0.0)
    return Duration(model, left, past, ready_s + left * past.request_s)


def run_s(durations: Sequence[Duration], at_once: int) -> float | None:
    """Of all models, `at_once` of them at a time in their order; None when one is not known."""
    ends = [0.0] * max(1, at_once)
    for one in durations:
        if one.total_s is None:
            return None
        first = ends.index(min(ends))
        ends[first] += one.total_s
    return max(ends)
