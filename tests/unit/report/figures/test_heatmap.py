from dataclasses import replace

import pytest

from vlmhb.domain.results import Results
from vlmhb.domain.score import Direction
from vlmhb.report.figures.heatmap import Heatmap, heatmaps
from vlmhb.report.figures.leaderboard import leaderboard


def shades(results: Results, direction: Direction, *values: float | None) -> list[int | None]:
    """The shades of the first row when its figures are `values`."""
    board = leaderboard(results)
    models = [row.model for row in board.tables[0].rows]
    base = next(s for s in results.summaries if s.grouping == "by_doc_type" and s.metric == "cer")
    figures = [
        replace(base, model=model, value=value, value_failed_as_wrong=value, direction=direction)
        for model, value in zip(models, values, strict=False)
    ]
    table = replace(board.tables[0], directions=(direction, direction))
    made = heatmaps(
        replace(results, summaries=tuple(figures)),
        replace(board, tables=(table,)),
        ["by_doc_type"],
    )
    return [cell.shade for cell in made[0].rows[0].cells]


@pytest.fixture
def fields(results: Results) -> Heatmap:
    return heatmaps(results, leaderboard(results), ["by_doc_question"])[1]


def test_no_error_is_the_best_shade_and_all_wrong_the_worst(results: Results):
    assert [10, 7, 0, 0, None] == shades(results, Direction.LOWER, 0.0, 0.1, 1.0, 7.5, None)


def test_full_score_is_the_best_shade(results: Results):
    assert [10, 5, 0] == shades(results, Direction.HIGHER, 1.0, 0.5, 0.0)[:3]


def test_scores_on_another_scale_are_shaded_by_the_best_of_them(results: Results):
    assert [10, 5] == shades(results, Direction.HIGHER, 40.0, 20.0)[:2]


def test_rows_are_groups_and_columns_are_the_models_of_the_table(fields: Heatmap):
    assert ("fields", "anls") == (fields.task, fields.metric)
    assert ("reader-vl-3b", "chatty-vl-7b", "tiny-random-llava") == fields.models
    assert ("invoice", "number") == fields.rows[0].group
    assert [row.group for row in fields.rows] == sorted(row.group for row in fields.rows)


def test_a_task_without_such_groups_has_no_map(results: Results):
    made = heatmaps(results, leaderboard(results), ["by_doc_question"])

    assert ["fields", "fields"] == [heatmap.task for heatmap in made]


def test_failures_take_the_shade_of_a_figure_away(results: Results):
    base = next(s for s in results.summaries if s.grouping == "by_doc_type" and s.metric == "cer")
    failing = replace(base, value=0.0, value_failed_as_wrong=1.0, n_scored=5, n_failed=45)
    board = leaderboard(results)

    made = heatmaps(replace(results, summaries=(failing,)), board, ["by_doc_type"])

    shown = [cell.shade for cell in made[0].rows[0].cells if cell.summary]
    assert [0] == shown
