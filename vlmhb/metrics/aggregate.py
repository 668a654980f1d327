"""Scores to summaries: one for each metric of an evaluation and each group of its samples."""

from collections.abc import Iterable, Iterator, Sequence

from vlmhb.domain.run import LoadedTask
from vlmhb.domain.score import MetricSummary, SampleScore


def summarise(
    scores: Iterable[SampleScore], tasks: Sequence[LoadedTask], seed: int
) -> tuple[MetricSummary, ...]:
    """Every summary of a run: evaluations and metrics in the order of `scores`, groups sorted.

    Figures are micro: sums of numerators over sums of denominators, so that a corpus CER is edits
    over characters. `seed` decides the draws of the bootstrap.
    """
    # It brings numpy, which commands that only look up metrics need not wait for.
    from vlmhb.metrics.groups import summaries_of  # noqa: PLC0415

    samples_of = {
        loaded.task.name: {sample.id: sample for sample in loaded.samples} for loaded in tasks
    }
    return tuple(
        summary
        for task, by_metric in evaluations(scores)
        for cells in by_metric
        for summary in summaries_of(
            cells, [samples_of[task][cell.sample_id] for cell in cells], seed
        )
    )


def evaluations(
    scores: Iterable[SampleScore],
) -> Iterator[tuple[str, Iterable[Sequence[SampleScore]]]]:
    """The task of each evaluation and its scores, metric by metric, as they first appear."""
    cells: dict[tuple[str, str], dict[str, list[SampleScore]]] = {}
    for score in scores:
        by_metric = cells.setdefault((score.task, score.model), {})
        by_metric.setdefault(score.metric, []).append(score)
    for (task, _), by_metric in cells.items():
        yield task, by_metric.values()
