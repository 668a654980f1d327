"""Metric summaries as rows, the same in CSV, JSON and the workbook."""

from collections.abc import Mapping
from itertools import chain
from json import dumps

from vlmhb.domain.results import Results
from vlmhb.domain.score import MetricSummary
from vlmhb.domain.task import Task
from vlmhb.metrics.aggregation.groupings import FIELDS, Keys, groupings_of, macro_groupings_of
from vlmhb.report.entries import metric_ranks
from vlmhb.report.numbers import scaled

FIGURES = (
    "direction",
    "value",
    "ci_low",
    "ci_high",
    "value_failed_as_wrong",
    "macro",
    "scale",
    "scaled_value",
    "unit",
    "n_total",
    "n_scored",
    "n_failed",
    "n_unscored",
    "n_documents",
    "problem",
)
"""Everything about a summary but its place."""
SCALED = ("scaled_ci_low", "scaled_ci_high", "scaled_value_failed_as_wrong")
"""What results.json and the workbook have besides: metrics.csv keeps its columns."""
SHOWN = tuple(
    chain.from_iterable([name, *SCALED] if name == "scaled_value" else [name] for name in FIGURES)
)


def ordered_summaries(results: Results) -> tuple[tuple[MetricSummary, Task], ...]:
    """Summaries by evaluation, grouping, group and metric, each with its task."""
    evaluations = {
        (evaluation.model, evaluation.task): index
        for index, evaluation in enumerate(results.plan.evaluations)
    }
    tasks = tasks_of(results)
    groupings = {name: list(_groupings(task)) for name, task in tasks.items()}
    metrics = metric_ranks(results)

    def place(summary: MetricSummary) -> tuple[int, int, tuple[str, ...], int, str]:
        return (
            evaluations[summary.model, summary.task],
            groupings[summary.task].index(summary.grouping),
            summary.group,
            metrics.get(summary.metric, len(metrics)),
            summary.metric,
        )

    ordered = sorted(results.summaries, key=place)
    return tuple((summary, tasks[summary.task]) for summary in ordered)


def tasks_of(results: Results) -> dict[str, Task]:
    """By name."""
    return {loaded.task.name: loaded.task for loaded in results.tasks}


def _groupings(task: Task) -> dict[str, Keys]:
    """Names and keys of all groupings; a figure over several groups has no group of its own."""
    return {**groupings_of(task), **dict.fromkeys(macro_groupings_of(task), ())}


def group_columns(summary: MetricSummary, task: Task) -> tuple[dict[str, str], dict[str, str]]:
    """The group's `doc_class`, `question_type` and `language`, and its other keys.

    Of the three, those that the grouping does not divide by are empty.
    """
    keys = _groupings(task)[summary.grouping]
    values = dict(zip(keys, summary.group, strict=True))
    others = {key: value for key, value in values.items() if key not in FIELDS}
    return {name: values.get(name, "") for name in FIELDS}, others


def group_text(others: Mapping[str, str]) -> str:
    """The other keys as one cell: a JSON object, empty when there are none."""
    return dumps(others, ensure_ascii=False) if others else ""


def figure_columns(summary: MetricSummary, results: Results) -> dict[str, float | int | str | None]:
    """The columns named in `FIGURES`."""
    scale = scale_of(results, summary.task, summary.metric)
    cells = (
        summary.direction.value,
        summary.value,
        summary.ci_low,
        summary.ci_high,
        summary.value_failed_as_wrong,
        summary.macro,
        scale,
        scaled(summary.value, scale),
        summary.unit,
        summary.n_total,
        summary.n_scored,
        summary.n_failed,
        summary.n_unscored,
        summary.n_documents,
        summary.problem,
    )
    return dict(zip(FIGURES, cells, strict=True))


def shown_columns(summary: MetricSummary, results: Results) -> dict[str, float | int | str | None]:
    """The columns named in `SHOWN`."""
    columns = figure_columns(summary, results)
    scale = scale_of(results, summary.task, summary.metric)
    raw = (summary.ci_low, summary.ci_high, summary.value_failed_as_wrong)
    columns |= {name: scaled(value, scale) for name, value in zip(SCALED, raw, strict=True)}
    return {name: columns[name] for name in SHOWN}


def scale_of(results: Results, task: str, metric: str) -> float:
    """That of the task; 1 for a metric that its reference never prints."""
    named = results.named_metrics.get(task)
    if named is not None and metric not in named:
        return 1.0
    return float(tasks_of(results)[task].scale)
