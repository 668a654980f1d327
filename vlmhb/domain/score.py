"""Numbers and the places they come from."""

from dataclasses import dataclass
from enum import Enum


class Direction(str, Enum):
    """Which way is better."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class Score:
    """How one sample did on one metric, as a fraction.

    Kept as two numbers so that groups can be averaged the way the metric demands: corpus CER is
    the sum of edits over the sum of characters, not the mean of ratios.
    """

    numerator: float
    denominator: float
    """0 when the sample adds nothing to the ratio, as a true negative adds nothing to F1."""
    counts: tuple[float, ...] = ()
    """What the figure of a group is computed from, when that is no ratio of two sums: these are
    added up, and the metric makes a figure of the sums. Equally many for every sample."""

    @property
    def value(self) -> float | None:
        """The sample's own figure; None where the ratio has none."""
        return self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True, slots=True)
class Unscored:
    """Why a metric says nothing about a sample. Never a number."""

    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The sample has no answer. `worst` is the score it gets where failures count as wrong."""

    reason: str
    """A `FailureReason` value."""
    worst: Score


@dataclass(frozen=True, slots=True)
class SampleScore:
    """One cell of scores.csv."""

    model: str
    task: str
    sample_id: str
    metric: str
    result: Score | Unscored | Failed


@dataclass(frozen=True, slots=True)
class MetricSummary:
    """One line of metrics.csv: a metric over a group of samples."""

    model: str
    task: str
    metric: str
    grouping: str
    """`general`, `by_doc_type`, `by_doc_question`, `by_language`, or what the task adds:
    `by_<key>+<key>` and, as one figure, `macro_by_<key>+<key>`."""
    group: tuple[str, ...]
    """The group's values, e.g. (`invoice`, `total`); empty for `general`."""
    direction: Direction
    value: float | None
    """Over the samples that have an answer; None when there is none."""
    ci_low: float | None
    """95 % bootstrap interval of `value`, resampled by document; None below five documents."""
    ci_high: float | None
    value_failed_as_wrong: float | None
    """The same with failed samples counted at the metric's worst."""
    n_scored: int
    n_failed: int
    n_unscored: int
    n_documents: int
    """Documents behind `value`."""
    macro: float | None = None
    """Mean of the samples' own figures, where `value` weighs them by what they count; None where
    those are another quantity than `value`."""
    unit: str = "sample"
    """What `n_scored`, `n_failed` and `n_unscored` count: a sample, or what the metric judges as
    one, such as a question with all its rotations."""
    problem: str = ""
    """What went wrong when the metric made units of samples, or a figure of units."""

    @property
    def n_total(self) -> int:
        """Every sample of the group."""
        return self.n_scored + self.n_failed + self.n_unscored
