"""How many of a model's requests may fail before the rest is not asked."""

import math
from dataclasses import dataclass

FEWEST = 10
"""So many may fail whatever the share: five of a hundred say little about a model."""


@dataclass(frozen=True, slots=True)
class ErrorLimit:
    """A share of the requests that a model is asked in all, or a number of them.

    A share is also passed once more than `FEWEST` have failed and none was answered: a model that
    never answers is not asked for hours until the share of a large task is reached.
    """

    share: float = 1.0
    number: int | None = None
    """In place of the share; exact, however few they are."""

    def passed(self, *, planned: int, answered: int, failed: int) -> str:
        """Why the rest should not be asked; empty while it should."""
        if self.number is not None:
            return f"more than {self.number}" if failed > self.number else ""
        if failed <= FEWEST or self.share >= 1:
            return ""
        if failed > self.share * planned:
            return f"more than {self}"
        return "" if answered else "and none was answered"

    def __str__(self) -> str:
        return f"{self.share * 100:g}%" if self.number is None else str(self.number)


def read_limit(text: str) -> ErrorLimit:
    """The limit that is written as `20`, or as `5%`.

    Raises:
        ValueError: saying what is expected.
    """
    expected = "a whole number like 20, or a share like 5% of at most 100%"
    written, percent, rest = text.strip().partition("%")
    try:
        number = float(written) if percent else int(written)
    except ValueError as error:
        raise ValueError(expected) from error
    if rest or not 0 <= number < math.inf or (percent and number > 100):
        raise ValueError(expected)
    return ErrorLimit(share=number / 100) if percent else ErrorLimit(number=int(number))


NO_LIMIT = ErrorLimit()
USUAL_LIMIT = ErrorLimit(share=0.05)
