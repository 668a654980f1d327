import math
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.report.sample_results import sample_results
from vlmhb.domain.decision import Decided, Decision
from vlmhb.domain.results import Results
from vlmhb.domain.telemetry import WorkerTelemetry, WorkerTotals
from vlmhb.report.figures.leaderboard import leaderboard
from vlmhb.report.trackers.tracked import TrackedRun, tracked_runs
from vlmhb.store import RunManifest
from vlmhb.store.manifest import Segment


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return sample_results(tmp_path)


def segment(started_at: str, finished_at: str | None) -> Segment:
    return Segment(started_at, "pod", 1, "cpu", 2, 8.0, (), "", "3.11", "1.0", "", 0, finished_at)


def manifest(*segments: Segment) -> RunManifest:
    return RunManifest("sample", "1.0", (), {}, {}, "run.yaml", 0, segments=segments)


def tracked(results: Results, run_id: str = "r1") -> tuple[TrackedRun, ...]:
    return tracked_runs(results, leaderboard(results), manifest(), run_id)


def test_each_model_with_figures_is_a_run_with_those_of_the_leaderboard(results: Results):
    runs = {run.name: run for run in tracked(results)}

    table = leaderboard(results).tables[0]
    for row in table.rows:
        for cell in filter(None, row.cells):
            if cell.summary.value is not None:
                name = f"{table.task}/{cell.summary.metric}"
                assert cell.summary.value == runs[row.model].metrics[name]
                assert cell.summary.n_failed == runs[row.model].metrics[f"{name}/n_failed"]
    assert all(math.isfinite(value) for run in runs.values() for value in run.metrics.values())


def test_what_was_measured_of_the_machine_is_told_and_nothing_else(results: Results):
    first, second = (model.name for model in results.models[:2])
    life = WorkerTotals(
        alive_s=9.0, answering_s=4.0, n_answers=8, n_pages=8, cpu_s=3.5, throttling=("power_cap",)
    )
    measured = replace(
        results, telemetry=(WorkerTelemetry(first, 0, 0, totals=life),), price_per_hour=3.6
    )

    runs = {run.name: run.metrics for run in tracked(measured)}

    assert {
        "cost/n_pages": 8.0,
        "cost/pages_per_s": 2.0,
        "cost/answering_s": 4.0,
        "cost/cpu_s": 3.5,
        "cost/price_per_1k_pages": 0.5,
    } == {name: value for name, value in runs[first].items() if name.startswith("cost/")}
    assert not [name for name in runs[second] if name.startswith("cost/")]


def test_a_run_has_the_same_id_each_time_and_another_one_in_another_run(results: Results):
    first, again, other = (tracked(results, run_id) for run_id in ("r1", "r1", "r2"))

    assert [run.id for run in first] == [run.id for run in again]
    assert not {run.id for run in first} & {run.id for run in other}
    assert len(first) == len({run.id for run in first})


def test_a_model_without_figures_is_left_out(results: Results):
    assert () == tracked(replace(results, outcomes={}, scores=(), summaries=()))


def test_a_decision_is_a_tag(results: Results):
    model = results.models[0].name
    decided = replace(results, decisions=(Decision(model, Decided.REJECTED, "slow", ""),))

    (run,) = [run for run in tracked(decided) if run.name == model]

    assert ("rejected", "slow") == (
        run.tags["vlmhb.decision"],
        run.tags["vlmhb.decision_note"],
    )


def test_times_are_from_the_first_start_to_the_last_end(results: Results):
    times = manifest(
        segment("2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"),
        segment("2026-01-02T00:00:00Z", "2026-01-02T01:00:00Z"),
        segment("2026-01-03T00:00:00Z", None),
    )

    run = tracked_runs(results, leaderboard(results), times, "r1")[0]

    assert ("2026-01-01T00:00:00Z", "2026-01-02T01:00:00Z") == (run.started_at, run.finished_at)
