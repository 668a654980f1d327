"""The summaries of an evaluation: each metric over each group of its samples."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vlmhb.domain.digest import Json
from vlmhb.domain.score import MetricSummary, SampleScore
from vlmhb.metrics.aggregation.figures import Figures, figures_of
from vlmhb.metrics.aggregation.groupings import Group
from vlmhb.metrics.aggregation.groups import Divided
from vlmhb.metrics.aggregation.lines import Line, group_line, intervals_of, mean_line
from vlmhb.metrics.aggregation.statistics import Interval, generator
from vlmhb.metrics.aggregation.units import Units, units_of
from vlmhb.metrics.catalog import find
from vlmhb.metrics.interface import GroupMetric, Metric


@dataclass(frozen=True, slots=True)
class Measured:
    """What one metric says about the samples of an evaluation."""

    model: str
    task: str
    name: str
    metric: Metric
    units: Units
    unit: str
    """What those are, for the results."""
    figures: Figures


def measured(cells: Sequence[SampleScore], divided: Divided) -> Measured:
    """`cells` of one metric, which belong to the samples of `divided`, in order."""
    first = cells[0]
    metric = find(first.metric)
    units = units_of(metric, cells, divided.samples, divided.documents)
    unit = metric.unit if isinstance(metric, GroupMetric) else "sample"
    if divided.repeat_by:
        unit = f"{unit}, once for each {' and '.join(divided.repeat_by)}"
    return Measured(first.model, first.task, first.metric, metric, units, unit, figures_of(metric))


def summaries_of(
    by_metric: Mapping[str, Sequence[SampleScore]], divided: Divided, seed: int
) -> dict[str, list[MetricSummary]]:
    """The summaries of each metric, by grouping and group; all metrics judge the same samples."""
    metrics = [measured(cells, divided) for cells in by_metric.values()]
    found: dict[str, list[MetricSummary]] = {name: [] for name in by_metric}
    for grouping, group, lines in _lines(metrics, divided):
        # From a key of its own: no figure depends on which others were computed before it.
        key: tuple[Json, ...] = (seed, metrics[0].model, metrics[0].task, grouping, group)
        intervals = intervals_of(lines, generator(*key))
        for one, line, interval in zip(metrics, lines, intervals, strict=True):
            found[one.name].append(_summary(one, (grouping, group), line, interval))
    return found


def _lines(
    metrics: Sequence[Measured], divided: Divided
) -> Iterator[tuple[str, Group, list[Line]]]:
    for grouping, groups in divided.groupings.items():
        for group, places in groups.items():
            yield (
                grouping,
                group,
                [group_line(one.figures, one.units.at(places)) for one in metrics],
            )
    for grouping, groups in divided.macro_groupings.items():
        members = np.unique(np.concatenate(list(groups.values())))
        yield (
            grouping,
            (),
            [
                mean_line(
                    one.figures,
                    one.units.at(members),
                    [one.units.at(places) for places in groups.values()],
                )
                for one in metrics
            ],
        )


def _summary(
    measured: Measured, where: tuple[str, Group], line: Line, interval: Interval | None
) -> MetricSummary:
    scored, failed = line.column.scored, line.column.failed
    low, high = interval or (None, None)
    return MetricSummary(
        model=measured.model,
        task=measured.task,
        metric=measured.name,
        grouping=where[0],
        group=where[1],
        direction=measured.metric.direction,
        value=line.value,
        ci_low=low,
        ci_high=high,
        value_failed_as_wrong=line.value_failed_as_wrong,
        n_scored=int(scored.sum()),
        n_failed=int(failed.sum()),
        n_unscored=int((~(scored | failed)).sum()),
        n_documents=line.documents.size,
        macro=line.macro,
        unit=measured.unit,
        problem=line.column.problem,
    )
