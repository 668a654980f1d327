"""How a finished run is scored, where that is not what its tasks say."""

from dataclasses import dataclass

from vlmhb.domain.model import ModelSpec


@dataclass(frozen=True, slots=True)
class Scoring:
    """What `vlmhb score` was told last about a run."""

    metrics: tuple[str, ...] = ()
    """In place of the tasks' own, wherever they can judge the answers; empty leaves those."""
    judge: ModelSpec | None = None
    """Whose verdicts count for metrics that need a judge; None where nobody was asked."""


AS_THE_TASKS_SAY = Scoring()
