"""What a run prints when it is done."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.build import answer, failed, loaded, model, sample, segment
from vlmhb.cli.summary import print_end, print_removed
from vlmhb.domain.answer import Outcome
from vlmhb.domain.results import Results
from vlmhb.domain.task import AnswerKind
from vlmhb.domain.telemetry import WorkerTelemetry, WorkerTotals
from vlmhb.metrics import summarise
from vlmhb.pipeline import RunEnd
from vlmhb.plan import build_plan
from vlmhb.scoring import score_all
from vlmhb.store import RunDir, Segment, WorkerStart


def loaded_slowly() -> Segment:
    return segment(workers=(WorkerStart("m", "f" * 64, 7.5, 1, None, {}),))


def run_end(segment: Segment | None = None, **changes: Any) -> RunEnd:
    """A run that took long, with one answer and one failure."""
    models, tasks = (model(),), (loaded((sample(1), sample(2)), **changes),)
    plan = build_plan(models, tasks)
    first, second = (request.id for request in plan.requests["m"])
    outcomes: dict[str, Outcome] = {first: answer(first), second: failed(second)}
    scores = score_all(plan, tasks, outcomes)
    results = Results(
        name="run",
        models=models,
        unavailable={},
        tasks=tasks,
        plan=plan,
        outcomes=outcomes,
        scores=scores,
        summaries=summarise(scores, tasks, 0),
        thumbnails={},
        provenance={},
    )
    return RunEnd(RunDir(Path("out")), segment, results, {"answer": 60.0}, 3)


def test_answered_counts_no_failures(capsys: pytest.CaptureFixture[str]):
    print_end(run_end(), as_json=True)

    said = json.loads(capsys.readouterr().out)
    assert (1, {"m": 1}) == (said["answered"], said["failed"])


def test_load_figures_are_those_of_this_start(capsys: pytest.CaptureFixture[str]):
    print_end(run_end(loaded_slowly()), as_json=False)

    assert "models loaded in: m 7.5 s" in capsys.readouterr().out


def test_what_pages_cost_is_told_where_it_was_measured(capsys: pytest.CaptureFixture[str]):
    end = run_end(loaded_slowly())
    life = WorkerTotals(alive_s=9.0, answering_s=4.0, n_answers=1, n_pages=2)
    results = replace(end.results, telemetry=(WorkerTelemetry("m", 0, 0, totals=life),))
    print_end(replace(end, results=results), as_json=False)
    print_end(end, as_json=False)

    assert 1 == capsys.readouterr().out.count("measured: m 0.500 pages/s\n")


def test_a_start_with_nothing_to_ask_has_no_load_figures(capsys: pytest.CaptureFixture[str]):
    print_end(run_end(), as_json=False)

    assert "loaded in" not in capsys.readouterr().out


def test_answers_that_wait_for_a_judge_are_told_with_what_asks_one(
    capsys: pytest.CaptureFixture[str],
):
    end = run_end(metrics={AnswerKind.REPLY: ("cer", "judge")})

    print_end(end, as_json=False)
    first = capsys.readouterr().err
    print_end(end, as_json=True)

    said = (
        "note: answers without the verdict of a judge: judge on fields 1. "
        "Next: vlmhb score out --judge MODEL\n"
    )
    assert [said, said] == [first, capsys.readouterr().err]


def test_a_run_that_needs_no_judge_says_nothing_of_one(capsys: pytest.CaptureFixture[str]):
    print_end(run_end(), as_json=False)

    assert "" == capsys.readouterr().err


def test_documents_of_an_earlier_scoring_are_named_with_what_makes_them(
    capsys: pytest.CaptureFixture[str],
):
    print_removed([Path("my runs/one/derived/report.html"), Path("my runs/one/derived/results.md")])

    said = (
        "removed, of the earlier scoring: report.html, results.md; "
        "make them with: vlmhb report 'my runs/one'\n"
    )
    assert ("", said) == capsys.readouterr()
