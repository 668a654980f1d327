"""What no part has an answer to."""

from collections.abc import Iterator
from dataclasses import dataclass

from vlmhb.domain.answer import FailedAnswer
from vlmhb.merging.together import Together


@dataclass(frozen=True, slots=True)
class Missing:
    """Samples of an evaluation without an answer, in the task's order."""

    model: str
    task: str
    not_answered: tuple[str, ...]
    """Ids of those that no part has an outcome for."""
    failed: tuple[str, ...]
    """Ids of those that failed wherever they were asked."""
    unavailable: str
    """Why the model could not be evaluated; empty where it could."""


def missing_of(together: Together) -> tuple[Missing, ...]:
    """The evaluations that are not whole, in the order of the plan."""
    return tuple(_missing(together))


def _missing(together: Together) -> Iterator[Missing]:
    outcomes = together.recorded.outcomes
    for evaluation in together.plan.evaluations:
        found = Missing(
            evaluation.model,
            evaluation.task,
            tuple(sample for sample, name in evaluation.requests if name not in outcomes),
            tuple(
                sample
                for sample, name in evaluation.requests
                if isinstance(outcomes.get(name), FailedAnswer)
            ),
            together.recorded.manifest.unavailable.get(evaluation.model, ""),
        )
        if found.not_answered or found.failed or found.unavailable:
            yield found
