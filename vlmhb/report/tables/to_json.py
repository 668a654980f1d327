"""results.json: everything a program needs to know about a run, without the answers."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from vlmhb.domain.decision import last_decisions
from vlmhb.domain.digest import Json
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.results import Results
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.score import MetricSummary
from vlmhb.report.entries import ANSWERED, NOT_ANSWERED, UNAVAILABLE, Entry
from vlmhb.report.error_classes.counts import error_counts
from vlmhb.report.figures.costs import model_costs
from vlmhb.report.figures.failures import NotScored, failures_of, not_scored_of
from vlmhb.report.figures.leaderboard import Leaderboard, Row, Table
from vlmhb.report.figures.occupancy import occupancies
from vlmhb.report.figures.setbacks import setbacks_of
from vlmhb.report.figures.shards import in_other_shards
from vlmhb.report.figures.summary_row import (
    group_columns,
    ordered_summaries,
    shown_columns,
    tasks_of,
)
from vlmhb.report.figures.timing import timing_columns, timings_of
from vlmhb.report.figures.worker_figures import worker_figures
from vlmhb.report.numbers import finite

SCHEMA_VERSION = 1


def results_json(results: Results, entries: Sequence[Entry], board: Leaderboard) -> bytes:
    """UTF-8 JSON with sorted keys; figures that do not exist are null, never NaN."""
    counts = counts_of(entries)
    document: dict[str, Json] = {
        "schema_version": SCHEMA_VERSION,
        "name": results.name,
        "complete": not (counts[NOT_ANSWERED] or counts[UNAVAILABLE] or in_other_shards(results)),
        "counts": counts,
        "leaderboard": [_table(table, results) for table in board.tables],
        "summaries": [_summary(summary, results) for summary, _ in ordered_summaries(results)],
        "models": [_model(model, results) for model in results.models],
        "decisions": [asdict(decision) for decision in results.decisions],
        "tasks": [_task(task) for task in results.tasks],
        "timing": [timing_columns(timing) for timing in timings_of(results)],
        "costs": [asdict(cost) for cost in model_costs(results)],
        "workers": worker_figures(results),
        "occupancy": [asdict(one) | {"busy": one.busy} for one in occupancies(results.telemetry)],
        "price_per_hour": results.price_per_hour,
        "failures": [asdict(failure) for failure in failures_of(entries)],
        "setbacks": [asdict(setback) for setback in setbacks_of(entries)],
        "verdicts": [asdict(count) for count in error_counts(entries)],
        "not_scored": [_not_scored(each) for each in not_scored_of(entries)],
        "problems": [asdict(problem) for problem in board.problems],
        "unavailable": [asdict(model) for model in board.unavailable],
        "provenance": results.provenance,
    }
    text = json.dumps(plain(document), sort_keys=True, indent=1, allow_nan=False)
    return text.encode("ascii") + b"\n"


def counts_of(entries: Iterable[Entry]) -> dict[str, int]:
    """How many samples were answered, failed or wait for an answer.

    The samples of models that could not be evaluated are counted apart.
    """
    counts = {"samples": 0, "answered": 0, "failed": 0, NOT_ANSWERED: 0, UNAVAILABLE: 0}
    for entry in entries:
        if entry.status in ANSWERED:
            counts["answered"] += 1
        elif entry.status in (NOT_ANSWERED, UNAVAILABLE):
            counts[entry.status] += 1
        else:
            counts["failed"] += 1
        counts["samples"] += entry.status != UNAVAILABLE
    return counts


def plain(value: Json) -> Json:
    """`value` with figures rounded, and null for those that are not finite."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return finite(value) if math.isfinite(value) else None
    return value


def _table(table: Table, results: Results) -> dict[str, Json]:
    return {
        "task": table.task,
        "answers": [kind.value for kind in table.answers],
        "metrics": list(table.metrics),
        "directions": [direction.value for direction in table.directions],
        "scales": list(table.scales),
        "grouping": table.headline.grouping,
        "left_out_of_groups": table.headline.n_apart,
        "judge": table.judge or None,
        "judged": list(table.judged),
        "rows": [_row(row, results) for row in table.rows],
    }


def _row(row: Row, results: Results) -> dict[str, Json]:
    return {
        "model": row.model,
        "rank": row.rank,
        "no_rank": row.no_rank or None,
        "mechanism_only": row.mechanism_only,
        "locked": row.locked,
        "page_s_p50": row.page_s_p50,
        "decision": row.decision.state.value if row.decision else None,
        "figures": [
            {**_summary(cell.summary, results), "mark": cell.mark.value} if cell else None
            for cell in row.cells
        ],
    }


def _summary(summary: MetricSummary, results: Results) -> dict[str, Json]:
    columns, others = group_columns(summary, tasks_of(results)[summary.task])
    return {
        "model": summary.model,
        "task": summary.task,
        "metric": summary.metric,
        "grouping": summary.grouping,
        **columns,
        "group": others,
        **shown_columns(summary, results),
    }


def _not_scored(each: NotScored) -> dict[str, Json]:
    fields = asdict(each)
    del fields["is_answered"]
    return fields


def _model(model: ModelSpec, results: Results) -> dict[str, Json]:
    decision = last_decisions(results.decisions).get(model.name)
    return {
        "name": model.name,
        "description": model.description,
        "backend": model.backend,
        "env": model.env,
        "answers": model.answers.value,
        "params": model.params,
        "mechanism_only": model.mechanism_only,
        "locked": model.name not in results.unlocked,
        "decision": asdict(decision) if decision else None,
    }


def _task(loaded: LoadedTask) -> dict[str, Json]:
    """Without the dataset's folder: it differs by machine."""
    task = loaded.task
    return {
        "name": task.name,
        "version": task.version,
        "description": task.description,
        "dataset": task.dataset.name,
        "dataset_format": task.dataset.format,
        "dataset_sha256": loaded.dataset_sha256,
        "annotation": task.dataset.annotation,
        "split": task.dataset.split,
        "licence": task.dataset.licence,
        "prompts": asdict(task.prompts),
        "metrics": {kind.value: list(names) for kind, names in task.metrics.items()},
        "generation": asdict(task.generation),
        "group_by": [list(keys) for keys in task.group_by],
        "macro_by": [list(keys) for keys in task.macro_by],
        "repeat_by": list(task.repeat_by),
        "scale": task.scale,
        "reference": task.reference,
        "n_samples": len(loaded.samples),
        "left_out": asdict(loaded.left_out),
    }
