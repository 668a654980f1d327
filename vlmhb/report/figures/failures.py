"""What went wrong: samples without an answer and models without an evaluation."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from vlmhb.domain.results import Results
from vlmhb.domain.score import Failed, Unscored
from vlmhb.report.entries import ANSWERED, UNAVAILABLE, Entry, error_text
from vlmhb.report.text import shortened

REASON_CHARS = 500
"""Of a reason that stands for many samples; scores.csv has it whole."""


@dataclass(frozen=True, slots=True)
class FailureCount:
    """Samples of one evaluation that ended the same way."""

    model: str
    task: str
    reason: str
    """A failure reason, or `not_answered`."""
    count: int
    example: str
    """The first of the errors."""


@dataclass(frozen=True, slots=True)
class NotScored:
    """Samples of one evaluation that are not in a metric's figure, for the same reason."""

    model: str
    task: str
    metric: str
    status: str
    """`failed` or `unscored`, as in scores.csv."""
    reason: str
    """At most `REASON_CHARS`."""
    count: int
    is_answered: bool
    """False where nothing has come of asking yet."""


@dataclass(frozen=True, slots=True)
class UnavailableModel:
    """A model that was asked for and could not be evaluated, or not to its end."""

    model: str
    answered: int
    """Requests with an outcome, from before it became unavailable."""
    asked: int
    reason: str
    commands: tuple[str, ...]
    """What to run so that it can be."""

    @property
    def state(self) -> str:
        """How far it came, in words."""
        if not self.answered:
            return "was not evaluated"
        return f"is incomplete ({self.answered} of {self.asked} requests)"


def failures_of(entries: Iterable[Entry]) -> tuple[FailureCount, ...]:
    """Failures and missing answers by evaluation and reason, in the order of the plan."""
    grouped: defaultdict[tuple[str, str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.status not in (*ANSWERED, UNAVAILABLE):
            grouped[entry.evaluation.model, entry.evaluation.task, entry.status].append(entry)
    return tuple(
        FailureCount(*key, count=len(group), example=error_text(group[0].outcome))
        for key, group in grouped.items()
    )


def not_scored_of(entries: Iterable[Entry]) -> tuple[NotScored, ...]:
    """Everything that `n_failed` and `n_unscored` count, by evaluation, metric and reason.

    In the order of the plan. Always in samples, also where a metric counts something else.
    """
    counts = Counter(
        NotScored(
            score.model,
            score.task,
            score.metric,
            "failed" if isinstance(score.result, Failed) else "unscored",
            shortened(score.result.reason, REASON_CHARS),
            0,
            entry.outcome is not None,
        )
        for entry in entries
        for score in entry.scores
        if isinstance(score.result, Failed | Unscored)
    )
    return tuple(replace(each, count=count) for each, count in counts.items())


def unscored_of(entries: Iterable[Entry]) -> tuple[NotScored, ...]:
    """Those of them that a metric does not judge though something came of asking."""
    found = not_scored_of(entries)
    return tuple(each for each in found if each.status == "unscored" and each.is_answered)


def unavailable_of(results: Results) -> tuple[UnavailableModel, ...]:
    """Sorted by name, with those commands of the model file that bring what the reason names."""
    specs = {model.name: model for model in results.models}
    found = []
    for name, reason in sorted(results.unavailable.items()):
        needs = specs[name].files if name in specs else ()
        commands = dict.fromkeys(
            need.install for need in needs if need.path in reason or need.install in reason
        )
        requests = results.plan.requests.get(name, ())
        answered = sum(request.id in results.outcomes for request in requests)
        found.append(UnavailableModel(name, answered, len(requests), reason, tuple(commands)))
    return tuple(found)
