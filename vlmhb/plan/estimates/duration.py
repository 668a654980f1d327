"""Duration: how long a run will take, by what the same models took before."""

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
