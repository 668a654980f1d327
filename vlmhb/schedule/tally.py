"""How the requests of a model have come out, and whether the rest should be asked."""

from dataclasses import dataclass

from vlmhb.domain.answer import FailedAnswer, Outcome
from vlmhb.domain.error_limit import NO_LIMIT, ErrorLimit


@dataclass(slots=True)
class Tally:
    """How the requests of a model have come out, of all starts, without those of damaged pages."""

    planned: int = 0
    answered: int = 0
    failed: int = 0
    limit: ErrorLimit = NO_LIMIT

    def add(self, outcome: Outcome) -> None:
        """One more has its outcome."""
        if not isinstance(outcome, FailedAnswer):
            self.answered += 1
        elif outcome.is_of_data:
            self.planned -= 1
        else:
            self.failed += 1

    @property
    def problem(self) -> str:
        """Why nothing more should be asked; empty while something should."""
        why = self.limit.passed(planned=self.planned, answered=self.answered, failed=self.failed)
        if not why:
            return ""
        return (
            f"too many of its requests failed: {self.failed} of {self.planned}, {why}\n"
            "Next: look at the failures in the report; to ask the rest all the same, give the same "
            "command with --max-errors 100%"
        )
