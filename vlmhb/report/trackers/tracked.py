"""What an experiment tracker is told about a run: one tracked run for each model."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from vlmhb.domain.results import Results
from vlmhb.domain.score import MetricSummary
from vlmhb.report.figures.costs import ModelCost, model_costs
from vlmhb.report.figures.leaderboard import Leaderboard, Row, Table
from vlmhb.report.figures.provenance import flattened
from vlmhb.report.figures.ranking import ranked_value
from vlmhb.report.numbers import finite
from vlmhb.report.text import encodable
from vlmhb.store import RunManifest


@dataclass(frozen=True, slots=True)
class TrackedRun:
    """One model of a run, in the words that all trackers share."""

    id: str
    """16 hex digits: the same for the same model of the same run, whenever it is exported."""
    name: str
    group: str
    """The run, as its folder is called."""
    params: Mapping[str, str]
    """What the figures depend on."""
    metrics: Mapping[str, float]
    """`TASK/METRIC` and `TASK/METRIC/PART`; fractions, as in metrics.csv. `cost/...` of what was
    measured of the machine."""
    tags: Mapping[str, str]
    started_at: str
    """UTC, ISO 8601."""
    finished_at: str
    """The same as `started_at` where the last start has no end."""


def tracked_runs(
    results: Results, board: Leaderboard, manifest: RunManifest, run_id: str
) -> tuple[TrackedRun, ...]:
    """In the order of the run file; models without any figure are left out."""
    rows: dict[str, list[tuple[Table, Row]]] = {}
    for table in board.tables:
        for row in table.rows:
            rows.setdefault(row.model, []).append((table, row))
    costs = {cost.model: dict(_costs(cost)) for cost in model_costs(results)}
    started_at = next((segment.started_at for segment in manifest.segments), "")
    ends = [segment.finished_at for segment in manifest.segments if segment.finished_at]
    return tuple(
        TrackedRun(
            id=hashlib.sha256(f"{run_id}\0{model.name}".encode()).hexdigest()[:16],
            name=encodable(model.name),
            group=run_id,
            params=dict(_params(results, model.name)),
            metrics={**costs[model.name], **figures},
            tags=_tags(rows[model.name], manifest, run_id),
            started_at=started_at,
            finished_at=ends[-1] if ends else started_at,
        )
        for model in results.models
        if (figures := dict(_figures(rows.get(model.name, ()))))
    )


def _figures(rows: "list[tuple[Table, Row]] | tuple[()]") -> Iterator[tuple[str, float]]:
    for table, row in rows:
        for cell in row.cells:
            if cell is not None:
                yield from _figure(f"{encodable(table.task)}/{cell.summary.metric}", cell.summary)


def _costs(cost: ModelCost) -> Iterator[tuple[str, float]]:
    """The numbers that were measured; pages that nobody counted are none."""
    for name, value in asdict(cost).items():
        is_number = isinstance(value, int | float) and finite(value) is not None
        if is_number and (name != "n_pages" or value):
            yield f"cost/{name}", float(value)


def _figure(name: str, summary: MetricSummary) -> Iterator[tuple[str, float]]:
    parts = {
        name: summary.value,
        f"{name}/failed_as_wrong": ranked_value(summary),
        f"{name}/ci_low": summary.ci_low,
        f"{name}/ci_high": summary.ci_high,
        f"{name}/n_scored": summary.n_scored,
        f"{name}/n_failed": summary.n_failed,
        f"{name}/n_unscored": summary.n_unscored,
    }
    for part, value in parts.items():
        if finite(value) is not None and value is not None:
            yield part, float(value)


def _params(results: Results, model: str) -> Iterator[tuple[str, str]]:
    """From the provenance: of the model, of its envs' names and locks, and of the datasets."""
    models, datasets = results.provenance.get("models"), results.provenance.get("datasets")
    if isinstance(models, Mapping):
        yield from _texts(models.get(model), "")
    if isinstance(datasets, Mapping):
        for task in sorted(datasets):
            yield from _texts(datasets[task], f"{task}.")


def _texts(facts: object, prefix: str) -> Iterator[tuple[str, str]]:
    if isinstance(facts, Mapping):
        for key, value in flattened(facts):
            yield encodable(f"{prefix}{key}"), encodable(value)


def _tags(rows: "list[tuple[Table, Row]]", manifest: RunManifest, run_id: str) -> dict[str, str]:
    _, row = rows[0]
    tags = {
        "vlmhb.run": run_id,
        "vlmhb.version": manifest.vlmhb,
        "vlmhb.run_name": encodable(manifest.name),
        "vlmhb.notes": "; ".join(dict.fromkeys(note for _, one in rows for note in one.notes)),
    }
    if row.decision is not None:
        tags["vlmhb.decision"] = row.decision.state.value
        tags["vlmhb.decision_note"] = encodable(row.decision.note)
    return {key: value for key, value in tags.items() if value}
