"""Answers that came another way than they should have: reduced, retried, cut, or not at all yet.

How often a request was sent is not among it, only how often it ended its worker by itself before it
was answered: a run whose workers were killed is told like one whose workers were not
(docs/adr/0048, docs/adr/0054).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from vlmhb.domain.answer import Answer, Outcome
from vlmhb.report.entries import NOT_ANSWERED, Entry

DEGRADED = "degraded"
RETRIED = "retried"
TRUNCATED = "truncated"


@dataclass(frozen=True, slots=True)
class Setback:
    """Samples of one evaluation to which the same happened."""

    model: str
    task: str
    kind: str
    """`degraded`, `retried`, `truncated` or `not_answered`."""
    what: str
    """What was reduced, or done otherwise; empty for the other kinds."""
    count: int
    total: int
    """Samples of the evaluation."""

    @property
    def words(self) -> str:
        """What happened, for people."""
        return {
            DEGRADED: f"reduced: {self.what}",
            RETRIED: "asked again, since the model crashed or was silent",
            TRUNCATED: "cut",
            NOT_ANSWERED: "not answered yet",
        }[self.kind]

    @property
    def share(self) -> float:
        """Of the evaluation's samples."""
        return self.count / self.total

    @property
    def show(self) -> dict[str, str]:
        """By what its samples are found in the browser."""
        place = {"model": self.model, "task": self.task}
        if self.kind == DEGRADED:
            return {**place, "mark": f"{DEGRADED}: {self.what}"}
        if self.kind == RETRIED:
            return {**place, "mark": RETRIED}
        return {**place, "status": self.kind}


def marks_of(outcome: Outcome | None) -> tuple[str, ...]:
    """`degraded`, and `degraded: WHAT` for all that was reduced to get the answer through.

    `retried` where the request had ended or silenced a worker before.
    """
    if not isinstance(outcome, Answer):
        return ()
    retried = (RETRIED,) if outcome.faults else ()
    if not outcome.degraded:
        return retried
    return (DEGRADED, *dict.fromkeys(f"{DEGRADED}: {what}" for what in outcome.degraded), *retried)


def setbacks_of(entries: Iterable[Entry]) -> tuple[Setback, ...]:
    """By evaluation, in the order of the plan; in an evaluation by kind, then as they came."""
    totals: dict[tuple[str, str], int] = {}
    counts: dict[tuple[str, str], dict[tuple[str, str], int]] = {}
    for entry in entries:
        place = (entry.evaluation.model, entry.evaluation.task)
        totals[place] = totals.get(place, 0) + 1
        there = counts.setdefault(place, {})
        for one in _kinds(entry):
            there[one] = there.get(one, 0) + 1
    kinds = (DEGRADED, RETRIED, TRUNCATED, NOT_ANSWERED)
    return tuple(
        Setback(*place, *one, count, totals[place])
        for place, there in counts.items()
        for one, count in sorted(there.items(), key=lambda item: kinds.index(item[0][0]))
    )


def _kinds(entry: Entry) -> Iterable[tuple[str, str]]:
    for mark in marks_of(entry.outcome):
        kind, apart, what = mark.partition(": ")
        if apart or kind == RETRIED:
            yield kind, what
    if entry.status in (TRUNCATED, NOT_ANSWERED):
        yield entry.status, ""
