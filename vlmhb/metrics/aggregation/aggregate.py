"""Scores to summaries: one for each metric of an evaluation and each group of its samples."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from vlmhb.domain.run import LoadedTask
from vlmhb.domain.score import MetricSummary, SampleScore

ByMetric = dict[str, list[SampleScore]]


def summarise(
    scores: Iterable[SampleScore], tasks: Sequence[LoadedTask], seed: int
) -> tuple[MetricSummary, ...]:
    """Every summary of a run: evaluations and metrics in the order of `scores`, groups sorted.

    Figures are micro: sums of numerators over sums of denominators, so that a corpus CER is edits
    over characters. `seed` decides the draws of the bootstrap.
    """
    # They bring numpy, which commands that only look up metrics need not wait for.
    from vlmhb.metrics.aggregation.groups import Divided, divide  # noqa: PLC0415
    from vlmhb.metrics.aggregation.summaries import summaries_of  # noqa: PLC0415

    loaded_tasks = {loaded.task.name: loaded for loaded in tasks}
    samples_of = {
        name: {sample.id: sample for sample in loaded.samples}
        for name, loaded in loaded_tasks.items()
    }
    divided_by_samples: dict[tuple[str, tuple[str, ...]], Divided] = {}
    summaries: list[MetricSummary] = []
    for task, by_metric in evaluations(scores):
        found: dict[str, list[MetricSummary]] = {}
        for ids, metrics in by_samples(by_metric):
            if (task, ids) not in divided_by_samples:
                samples = [samples_of[task][sample_id] for sample_id in ids]
                divided_by_samples[task, ids] = divide(samples, loaded_tasks[task].task)
            found |= summaries_of(metrics, divided_by_samples[task, ids], seed)
        summaries.extend(summary for metric in by_metric for summary in found[metric])
    return tuple(summaries)


def evaluations(scores: Iterable[SampleScore]) -> Iterator[tuple[str, ByMetric]]:
    """The task of each evaluation and its scores, metric by metric, as they first appear."""
    cells: dict[tuple[str, str], ByMetric] = {}
    for score in scores:
        by_metric = cells.setdefault((score.task, score.model), {})
        by_metric.setdefault(score.metric, []).append(score)
    for (task, _), by_metric in cells.items():
        yield task, by_metric


def by_samples(
    by_metric: Mapping[str, list[SampleScore]],
) -> Iterator[tuple[tuple[str, ...], ByMetric]]:
    """Metrics that judge the same samples together, with the ids of these; usually all do."""
    together: dict[tuple[str, ...], ByMetric] = {}
    for metric, cells in by_metric.items():
        together.setdefault(tuple(cell.sample_id for cell in cells), {})[metric] = cells
    yield from together.items()
