"""Rows of two sides, measured in turns."""

import statistics
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Row:
    """What both sides took, round by round."""

    goal: str
    what: str
    other: str
    limit: float | None
    """The ratio to reach; None where nothing is asked."""
    unit: str = "us"
    ours: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)

    def add(self, ours: float, other: float) -> None:
        """One more round."""
        self.ours.append(ours)
        self.others.append(other)

    @property
    def ratio(self) -> float:
        """Median of the rounds' ratios."""
        pairs = zip(self.ours, self.others, strict=True)
        return statistics.median(ours / other for ours, other in pairs)

    @property
    def verdict(self) -> str:
        """Whether the goal is met."""
        if self.limit is None:
            return ""
        return "met" if self.ratio <= self.limit else "missed"

    def record(self) -> dict[str, object]:
        """For the JSON file."""
        return {
            "goal": self.goal,
            "what": self.what,
            "other": self.other,
            "unit": self.unit,
            "ours": self.ours,
            "others": self.others,
            "ratio": self.ratio,
            "limit": self.limit,
            "verdict": self.verdict,
        }

    def __str__(self) -> str:
        limit = "" if self.limit is None else f"<= {self.limit:.3g}"
        return (
            f"| {self.goal} | {self.what} | {_spread(self.ours)} {self.unit} | {self.other} "
            f"| {_spread(self.others)} {self.unit} | {self.ratio:.2f} | {limit} | {self.verdict} |"
        )


HEADER = (
    "| | vlmhb | median (min-max) | other | median (min-max) | ratio | goal | |\n"
    "|---|---|---|---|---|---|---|---|"
)


def _spread(values: list[float]) -> str:
    low, middle, high = (f(values) for f in (min, statistics.median, max))
    digits = 0 if middle >= 100 else 1 if middle >= 10 else 2
    return f"{middle:,.{digits}f} ({low:,.{digits}f}-{high:,.{digits}f})"
