"""What a bench finds: rows of figures, ours beside a peer's, measured in turns."""

import re
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

HEADER = (
    "| goal | what | vlmhb | peer | what it takes | ratio | asked | | rounds |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One thing, measured on both sides round by round."""

    goal: str
    """A key of `GOALS`; empty where no goal asks."""
    what: str
    unit: str
    """Of the figures; where a limit is, less is better."""
    peer: str = ""
    """Who does the same; empty where a figure stands alone."""
    limit: float | None = None
    """The most that is asked of the ratio, or of each of our figures where there is no peer."""
    ours: list[float] = field(default_factory=list)
    peers: list[float] = field(default_factory=list)
    absent: str = ""
    """Why there are no figures."""

    def add(self, ours: float, peer: float | None = None) -> None:
        """One more round."""
        self.ours.append(ours)
        if peer is not None:
            self.peers.append(peer)

    @property
    def ratios(self) -> list[float]:
        """Ours through the peer's, round by round."""
        return [ours / peer for ours, peer in zip(self.ours, self.peers, strict=False)]

    @property
    def is_met(self) -> bool | None:
        """Whether the median ratio, or what is ours in every round, is within the limit.

        None where nothing is asked or measured.
        """
        if self.limit is None or not self.ours:
            return None
        return (statistics.median(self.ratios) if self.peer else max(self.ours)) <= self.limit

    @property
    def verdict(self) -> str:
        """The same in a word."""
        if self.absent:
            return "not measured"
        return {None: "", True: "met", False: "missed"}[self.is_met]

    def __str__(self) -> str:
        unit = "" if self.peer else self.unit
        cells = (
            self.goal,
            self.what,
            self.absent or f"{_spread(self.ours)} {self.unit}",
            self.peer,
            f"{_spread(self.peers)} {self.unit}" if self.peers else "",
            _spread(self.ratios) if self.peers else "",
            "" if self.limit is None else f"<= {_number(self.limit)} {unit}",
            self.verdict,
            "" if self.absent else str(len(self.ours)),
        )
        return f"| {' | '.join(cell.strip() for cell in cells)} |"


def timed_s(action: Callable[[], object]) -> float:
    """Seconds that `action` takes."""
    began_s = time.perf_counter()
    action()
    return time.perf_counter() - began_s


def reason_of(error: Exception) -> str:
    """Why a peer is absent: a line that tells no paths of this machine."""
    line = next(iter(str(error).splitlines()), "") or type(error).__name__
    return re.sub(r"(/[^\s/'\",]+)*/([^\s/'\",]+)", r"\2", line)[:200].replace("|", "/")


def _spread(values: Sequence[float]) -> str:
    """The median, and from the least to the most where there are several."""
    middle = _number(statistics.median(values))
    if len(values) == 1:
        return middle
    return f"{middle} ({_number(min(values))} to {_number(max(values))})"


def _number(value: float) -> str:
    """Three digits, or all of a whole part that has more."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
