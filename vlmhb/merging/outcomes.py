"""What came back for each request, in any part."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from vlmhb.domain.answer import Answer, FailedAnswer, Outcome
from vlmhb.domain.run import RunPlan
from vlmhb.merging.starts import moved

_MOST_NAMED = 8


@dataclass(slots=True)
class Answered:
    """Outcomes by request id, each once."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    repeated: int = 0
    """Outcomes that say the same as one of an earlier part."""
    superseded: int = 0
    """Failures in place of which another part has an answer."""
    conflicts: list[tuple[str, str, str]] = field(default_factory=list)
    """(request id, part, part) that have two answers to a question."""
    _from: dict[str, str] = field(default_factory=dict)

    def add(self, part: str, outcome: Outcome) -> None:
        """Take what this part has; of two that say the same, the first one stays."""
        name = outcome.request_id
        known = self.outcomes.get(name)
        match known, outcome:
            case None, _:
                self._keep(part, outcome)
            case FailedAnswer(), Answer():
                self.superseded += 1
                self._keep(part, outcome)
            case Answer(), FailedAnswer():
                self.superseded += 1
            case Answer(), Answer() if _said(known) != _said(outcome):
                self.conflicts.append((name, self._from[name], part))
            case _:
                self.repeated += 1

    def _keep(self, part: str, outcome: Outcome) -> None:
        self.outcomes[outcome.request_id] = outcome
        self._from[outcome.request_id] = part

    def in_plan_order(self, plan: RunPlan) -> dict[str, Outcome]:
        """As one run would ask for them; what the plan does not ask for comes last, by its id."""
        asked = [request.id for requests in plan.requests.values() for request in requests]
        others = sorted(self.outcomes.keys() - set(asked))
        return {name: self.outcomes[name] for name in (*asked, *others) if name in self.outcomes}

    def conflict_lines(self, plan: RunPlan) -> tuple[str, ...]:
        """Which samples have two answers, and where."""
        samples = _samples(plan)
        lines = [
            f"{samples.get(name, 'a request')} ({name}): another answer in {other} than in {first}"
            for name, first, other in self.conflicts[:_MOST_NAMED]
        ]
        more = len(self.conflicts) - _MOST_NAMED
        return (*lines, *([f"and {more:,} more"] if more > 0 else []))


def united_outcomes(
    parts: Iterable[tuple[str, Mapping[str, Outcome], Sequence[int]]],
) -> Answered:
    """The outcomes of (part, its outcomes, where its starts are among all)."""
    found = Answered()
    for name, outcomes, places in parts:
        for outcome in outcomes.values():
            found.add(name, replace(outcome, segment=moved(outcome.segment, places)))
    return found


def _said(answer: Answer) -> tuple[object, ...]:
    """What matters of an answer: not how long it took."""
    return answer.text, answer.finish_reason, answer.full_length_chars


def _samples(plan: RunPlan) -> dict[str, str]:
    """Request id -> the first sample that needs it."""
    found: dict[str, str] = {}
    for evaluation in plan.evaluations:
        for sample_id, request_id in evaluation.requests:
            found.setdefault(request_id, f"{evaluation.id}: sample {sample_id}")
    return found
