"""Models by tasks, from the leaderboard's first figures."""

import io
from dataclasses import replace

import openpyxl
import pytest

from vlmhb.domain.results import Results
from vlmhb.report.figures.leaderboard import leaderboard
from vlmhb.report.figures.pivot import Pivot, pivot_of
from vlmhb.report.figures.ranking import Mark, ranked_value
from vlmhb.report.write import documents_of


@pytest.fixture(scope="module")
def pivot(results: Results) -> Pivot:
    return pivot_of(results, leaderboard(results))


def test_a_column_is_a_task_and_what_its_models_are_judged_by(pivot: Pivot):
    assert [("page-text", "cer"), ("fields", "field_found"), ("fields", "anls")] == [
        (column.task, column.metric) for column in pivot.columns
    ]


def test_a_model_has_its_figures_and_marks_and_gaps_where_it_has_none(
    pivot: Pivot, results: Results
):
    row = next(row for row in pivot.rows if row.model == "tesseract-psm4")

    page_text, found, anls = row.cells
    assert page_text is not None
    assert found is not None
    assert ("cer", Mark.BEST, None) == (page_text.summary.metric, found.mark, anls)
    assert [model.name for model in results.models][:-1] == [row.model for row in pivot.rows]


def test_a_single_task_needs_no_table_of_tasks(results: Results):
    only = results.tasks[0].task.name
    plan = replace(
        results.plan,
        evaluations=tuple(one for one in results.plan.evaluations if one.task == only),
    )
    summaries = tuple(one for one in results.summaries if one.task == only)
    one_task = replace(results, tasks=results.tasks[:1], plan=plan, summaries=summaries, scores=())

    assert "Models by tasks" not in documents_of(one_task)["results.md"].decode()
    assert "Models by tasks" in documents_of(results)["results.md"].decode()


def test_figures_count_failed_samples_as_wrong(documents: dict[str, bytes], results: Results):
    sheet = openpyxl.load_workbook(io.BytesIO(documents["results.xlsx"]))["models by tasks"]
    header, *rows = sheet.iter_rows(values_only=True)
    shown = {row[0]: dict(zip(header, row, strict=True)) for row in rows}

    (summary,) = [
        one
        for one in results.summaries
        if (one.model, one.metric, one.grouping) == ("rapidocr-3.10", "field_found", "general")
    ]
    assert summary.value_failed_as_wrong != summary.value
    assert pytest.approx(ranked_value(summary)) == shown["rapidocr-3.10"]["fields field_found"]
    assert shown["rapidocr-3.10"]["fields anls"] is None
    line = "| `rapidocr-3.10` | 0.565 | 0.129 |  |"
    assert line in documents["results.md"].decode()
