"""Scores of two sides, and what they are compared as."""

from collections.abc import Mapping, Sequence

from tests.build import sample, task
from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Failed, SampleScore, Score, Unscored
from vlmhb.domain.task import Task
from vlmhb.metrics.aggregation.groups import divide
from vlmhb.metrics.paired.compare import MetricDelta, compare_metrics

Result = Score | Unscored | Failed


def deltas(
    results: Mapping[str, tuple[Sequence[Result], Sequence[Result]]],
    samples: Sequence[Sample] = (),
    of: Task | None = None,
) -> tuple[tuple[MetricDelta, ...], tuple[MetricDelta, ...]]:
    """The headlines and the groups; one document each unless the samples are given."""
    asked = of or task()
    first = next(iter(results.values()))[0]
    samples = tuple(samples) or tuple(sample(number) for number in range(len(first)))

    def cells(model: str, metric: str, side: Sequence[Result]) -> list[SampleScore]:
        return [
            SampleScore(model, asked.name, one.id, metric, result)
            for one, result in zip(samples, side, strict=True)
        ]

    return compare_metrics(
        {name: (cells("a", name, a), cells("b", name, b)) for name, (a, b) in results.items()},
        divide(samples, asked),
        asked,
    )


def headline(
    metric: str,
    a: Sequence[Result],
    b: Sequence[Result],
    samples: Sequence[Sample] = (),
    of: Task | None = None,
) -> MetricDelta:
    (found,), _ = deltas({metric: (a, b)}, samples, of)
    return found
