"""The samples whose score is not the same on both sides."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from vlmhb.comparison.aligned import Aligned, OnTask
from vlmhb.domain.answer import Answer
from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Failed, SampleScore, Score, Unscored
from vlmhb.metrics.catalog import find
from vlmhb.report.entries import error_text, status_of

SHOWN_SAMPLES = 300
"""Of each task on the page: those that lost most and those that gained most."""
FAILED = "failed"
UNSCORED = "unscored"
NO_FIGURE = "no figure of its own"


class Trend(str, Enum):
    """What became of a sample in B."""

    WORSE = "worse"
    BETTER = "better"
    OTHER = "other"
    """Nobody can say: a side has no figure for it."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A metric's figures for one sample."""

    metric: str
    a: float | str
    """A figure, or why there is none."""
    b: float | str
    differs: bool


@dataclass(frozen=True, slots=True)
class Given:
    """What one side gave for a sample."""

    status: str
    """As in answers.csv."""
    text: str
    """The answer; empty without one."""
    error: str


@dataclass(frozen=True, slots=True)
class ChangedSample:
    """A sample with another score in B than in A, by any metric."""

    sample: Sample
    """As B has it."""
    cells: tuple[Cell, ...]
    trend: Trend
    """By the first metric that differs and has figures on both sides; failures count as wrong."""
    loss: float
    """By how much it got worse, by that metric; negative where it got better."""
    a: Given
    b: Given


def changed_samples(aligned: Aligned, metrics: Sequence[str]) -> tuple[ChangedSample, ...]:
    """The worst losses first, the greatest gains last, else in the order of A."""
    columns = [(name, aligned.a.scores(name), aligned.b.scores(name)) for name in metrics]
    asked_a, asked_b = aligned.a.request_ids, aligned.b.request_ids
    found = []
    for _, sample in aligned.samples:
        cells = [(name, a[sample.id], b[sample.id]) for name, a, b in columns]
        if any(_judged(one) != _judged(other) for _, one, other in cells):
            trend, loss = _trend(cells)
            a = _given(aligned.a, asked_a[sample.id])
            b = _given(aligned.b, asked_b[sample.id])
            found.append(ChangedSample(sample, _cells(cells), trend, loss, a, b))
    return tuple(sorted(found, key=lambda one: -one.loss))


def both_ends(changed: Sequence[ChangedSample]) -> tuple[ChangedSample, ...]:
    """All of a few; of many, those that lost most and those that gained most."""
    if len(changed) <= SHOWN_SAMPLES:
        return tuple(changed)
    half = SHOWN_SAMPLES // 2
    return (*changed[:half], *changed[-half:])


def other_answers(aligned: Aligned) -> int:
    """Samples for which the two sides did not give the same text."""
    asked_a, asked_b = aligned.a.request_ids, aligned.b.request_ids
    return sum(
        _given(aligned.a, asked_a[sample.id]) != _given(aligned.b, asked_b[sample.id])
        for _, sample in aligned.samples
    )


def _judged(score: SampleScore) -> Score | str:
    """What counts of a result; why there is none does not."""
    match score.result:
        case Score() as found:
            return found
        case Failed():
            return FAILED
        case Unscored():
            return UNSCORED


def _cells(cells: Sequence[tuple[str, SampleScore, SampleScore]]) -> tuple[Cell, ...]:
    return tuple(
        Cell(name, _figure(one), _figure(other), _judged(one) != _judged(other))
        for name, one, other in cells
    )


def _figure(score: SampleScore) -> float | str:
    judged = _judged(score)
    if isinstance(judged, str):
        return judged
    return NO_FIGURE if judged.value is None else judged.value


def _trend(cells: Sequence[tuple[str, SampleScore, SampleScore]]) -> tuple[Trend, float]:
    for name, one, other in cells:
        a, b = _counted(one), _counted(other)
        if a is None or b is None or a == b:
            continue
        loss = b - a if find(name).direction is Direction.LOWER else a - b
        return (Trend.WORSE if loss > 0 else Trend.BETTER), loss
    return Trend.OTHER, 0.0


def _counted(score: SampleScore) -> float | None:
    match score.result:
        case Score() as found:
            return found.value
        case Failed(worst=worst):
            return worst.value
        case Unscored():
            return None


def _given(side: OnTask, request_id: str) -> Given:
    outcome = side.outcome(request_id)
    text = outcome.text if isinstance(outcome, Answer) else ""
    return Given(status_of(outcome), text, error_text(outcome))
