"""What a run is expected to take, model by model."""

from collections.abc import Sequence
from dataclasses import dataclass

from vlmhb.domain.run import Request
from vlmhb.schedule.slots import NO_GPU, Need


@dataclass(frozen=True, slots=True)
class Expected:
    """What one model takes. None is not known: it counts as no time, and the forecast names it."""

    model: str
    env: str
    requests: Sequence[Request]
    """Those without an outcome, in the order of the plan; at least one."""
    need: Need = NO_GPU
    """What each of its workers takes."""
    build_s: float | None = 0.0
    """Of its env; 0 when that is built. Models that share it tell the same."""
    fetch_s: float | None = 0.0
    """Of its weights; 0 when they are here, or when it brings its own."""
    load_s: float | None = 0.0
    request_s: float | None = 0.0
    """Of one worker for each request: of several side by side each counts its part."""
    window: int = 1
    """How many requests a worker has at once."""
