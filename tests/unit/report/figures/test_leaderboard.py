from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.unit.report.made import html_of
from tests.unit.report.sample_results import MODELS
from vlmhb.domain.decision import Decided, Decision
from vlmhb.domain.model import IMPORTED
from vlmhb.domain.results import Results
from vlmhb.domain.score import Direction, MetricSummary
from vlmhb.domain.task import AnswerKind
from vlmhb.report.figures.leaderboard import Table, leaderboard
from vlmhb.report.figures.ranking import Mark
from vlmhb.report.tables.markdown import code
from vlmhb.report.tables.to_markdown import results_md
from vlmhb.report.tables.to_text import render_text

READER, CHATTY, RANDOM = "reader-vl-3b", "chatty-vl-7b", "tiny-random-llava"


def figure(
    model: str, value: float | None, half_width: float | None = 0.05, **changes: object
) -> MetricSummary:
    span = None if value is None or half_width is None else (value - half_width, value + half_width)
    summary = MetricSummary(
        model=model,
        task="page-text",
        metric="cer",
        grouping="general",
        group=(),
        direction=Direction.LOWER,
        value=value,
        ci_low=span[0] if span else None,
        ci_high=span[1] if span else None,
        value_failed_as_wrong=value,
        n_scored=10,
        n_failed=0,
        n_unscored=0,
        n_documents=5,
    )
    return replace(summary, **changes)  # type: ignore[arg-type]


def table_of(results: Results, *summaries: MetricSummary) -> Table:
    return leaderboard(replace(results, summaries=summaries)).tables[0]


def ranks(table: Table) -> Mapping[str, int | None]:
    return {row.model: row.rank for row in table.rows if row.primary}


def marks(table: Table) -> Mapping[str, Mark]:
    return {row.model: row.cells[0].mark for row in table.rows if row.cells[0]}


def test_less_error_ranks_first(results: Results):
    table = table_of(results, figure(READER, 0.3), figure(CHATTY, 0.1))

    assert {CHATTY: 1, READER: 2} == ranks(table)
    assert CHATTY == table.rows[0].model


def test_more_score_ranks_first(results: Results):
    table = table_of(
        results,
        figure(READER, 0.3, direction=Direction.HIGHER),
        figure(CHATTY, 0.1, direction=Direction.HIGHER),
    )

    assert {READER: 1, CHATTY: 2} == ranks(table)


def test_failing_on_the_hard_pages_does_not_pay(results: Results):
    table = table_of(
        results,
        figure(READER, 0.2),
        figure(CHATTY, 0.1, value_failed_as_wrong=0.6, n_failed=5),
    )

    assert {READER: 1, CHATTY: 2} == ranks(table)


def test_a_model_that_is_hardly_scored_has_no_rank_and_no_mark(results: Results):
    table = table_of(
        results,
        figure(READER, 0.5),
        figure(CHATTY, 0.0, n_scored=3, n_unscored=7),
        figure("rapidocr-3.10", 0.9),
    )

    assert {READER: 1, "rapidocr-3.10": 2, CHATTY: None} == ranks(table)
    assert {READER: Mark.BEST, "rapidocr-3.10": Mark.NONE, CHATTY: Mark.NONE} == marks(table)
    assert {CHATTY: "no rank: 7 more unscored than another model"} == {
        row.model: row.no_rank for row in table.rows if row.no_rank
    }


def test_samples_that_no_model_is_scored_on_keep_nobody_from_a_rank(results: Results):
    unscored = {"n_scored": 8, "n_unscored": 2}
    table = table_of(results, figure(READER, 0.5, **unscored), figure(CHATTY, 0.1, **unscored))

    assert {CHATTY: 1, READER: 2} == ranks(table)


def test_failures_alone_make_no_ranks(results: Results):
    table = table_of(
        results,
        figure(READER, None, n_scored=0, n_failed=10, value_failed_as_wrong=1.0),
        figure(CHATTY, None, n_scored=0, n_unscored=10, value_failed_as_wrong=None),
    )

    assert {READER: None, CHATTY: None} == ranks(table)
    assert {"no rank: no answer of any model was scored"} == {
        row.no_rank for row in table.rows if row.primary
    }


def test_a_model_without_a_value_has_no_mark(results: Results):
    """Its failures make it as good as the others, which are all wrong."""
    table = table_of(
        results,
        figure(READER, 1.0),
        figure(CHATTY, None, n_scored=0, n_failed=10, value_failed_as_wrong=1.0),
        figure("rapidocr-3.10", 2.0),
    )

    assert {READER: 1, CHATTY: 1, "rapidocr-3.10": 3} == ranks(table)
    assert {READER: Mark.BEST, CHATTY: Mark.NONE, "rapidocr-3.10": Mark.NONE} == marks(table)


def test_overlapping_intervals_are_ties(results: Results):
    table = table_of(
        results, figure(READER, 0.10), figure(CHATTY, 0.19), figure("rapidocr-3.10", 0.21)
    )

    assert {READER: Mark.BEST, CHATTY: Mark.TIED, "rapidocr-3.10": Mark.NONE} == marks(table)


def test_a_figure_that_failures_change_is_no_tie(results: Results):
    table = table_of(
        results,
        figure(READER, 0.10),
        figure(CHATTY, 0.12, value_failed_as_wrong=0.5, n_failed=4),
    )

    assert Mark.NONE is marks(table)[CHATTY]


def test_without_intervals_nothing_is_called_a_tie(results: Results):
    table = table_of(results, figure(READER, 0.10, None), figure(CHATTY, 0.11, None))

    assert {READER: Mark.BEST, CHATTY: Mark.NONE} == marks(table)


def test_equal_figures_share_the_rank_and_the_mark(results: Results):
    table = table_of(
        results, figure(READER, 0.1), figure(CHATTY, 0.1), figure("rapidocr-3.10", 0.5)
    )

    assert {READER: 1, CHATTY: 1, "rapidocr-3.10": 3} == ranks(table)
    assert {READER: Mark.BEST, CHATTY: Mark.BEST, "rapidocr-3.10": Mark.NONE} == marks(table)


def test_nothing_is_the_best_where_all_are_equal(results: Results):
    """Up to the digits that are written down."""
    table = table_of(results, figure(READER, 0.3), figure(CHATTY, 0.1 + 0.2))

    assert {READER: 1, CHATTY: 1} == ranks(table)
    assert {READER: Mark.NONE, CHATTY: Mark.NONE} == marks(table)


def test_random_weights_are_never_the_best_and_have_no_rank(results: Results):
    table = table_of(results, figure(RANDOM, 0.0), figure(READER, 0.3), figure(CHATTY, 0.5))

    assert {READER: 1, CHATTY: 2, RANDOM: None} == ranks(table)
    assert {READER: Mark.BEST, CHATTY: Mark.NONE, RANDOM: Mark.NONE} == marks(table)
    assert [RANDOM] == [row.model for row in table.rows if row.mechanism_only]
    assert RANDOM == table.rows[-1].model


def test_a_model_in_an_env_without_a_lock_is_ranked_and_noted(results: Results):
    results = replace(results, unlocked=frozenset({READER, RANDOM}))

    table = table_of(results, figure(RANDOM, 0.0), figure(READER, 0.3), figure(CHATTY, 0.5))

    notes = {row.model: row.notes for row in table.rows if row.primary}
    assert {READER: 1, CHATTY: 2, RANDOM: None} == ranks(table)
    assert {
        READER: ("unlocked",),
        CHATTY: (),
        RANDOM: ("mechanism, not quality", "unlocked"),
    } == notes


def test_a_model_alone_is_not_the_best(results: Results):
    table = table_of(results, figure(READER, 0.3), figure(RANDOM, 0.9))

    assert Mark.NONE is marks(table)[READER]


@pytest.mark.parametrize("value", [None])
def test_a_model_without_a_figure_comes_after_the_ranked_ones(results: Results, value: None):
    table = table_of(
        results,
        figure("tesseract-psm4", value, value_failed_as_wrong=None),
        figure(READER, 0.5),
        figure(CHATTY, 0.2),
    )

    assert {CHATTY: 1, READER: 2, "tesseract-psm4": None} == ranks(table)
    assert [CHATTY, READER] == [row.model for row in table.rows][:2]


def test_models_judged_by_different_metrics_are_in_different_tables(results: Results):
    tables = leaderboard(results).tables

    assert [
        ("page-text", ("cer", "wer"), ""),
        ("fields", ("field_found",), "engines that return the page's text"),
        ("fields", ("anls", "exact_match"), "models that reply to the prompt"),
    ] == [(table.task, table.metrics, table.note) for table in tables]


def test_an_unavailable_model_is_named_apart(results: Results):
    """Though nothing that it was asked is scored, and that is counted."""
    nothing = figure("tesseract-kor", None, n_scored=0, n_unscored=10)
    board = leaderboard(replace(results, summaries=(*results.summaries, nothing)))

    assert "tesseract-kor" not in [row.model for table in board.tables for row in table.rows]
    assert ["tesseract-kor"] == [model.model for model in board.unavailable]


def test_a_model_that_became_unavailable_keeps_its_figures(results: Results):
    board = leaderboard(replace(results, unavailable={MODELS[0].name: "lost its env"}))

    assert MODELS[0].name in [row.model for row in board.tables[0].rows]


def test_answers_that_no_metric_judges_are_named(results: Results):
    tasks = tuple(
        replace(loaded, task=replace(loaded.task, metrics={AnswerKind.PAGE_TEXT: ("cer",)}))
        for loaded in results.tasks
    )
    board = leaderboard(replace(results, tasks=tasks, summaries=(), unavailable={}))

    assert {"page_text"} == {
        evaluation.answers.value
        for evaluation in results.plan.evaluations
        for table in board.tables
        for row in table.rows
        if evaluation.model == row.model
    }
    assert (READER, "every metric", "the task names none that judges reply answers") in {
        (problem.model, problem.metric, problem.reason) for problem in board.problems
    }


def test_a_key_of_a_grouping_that_no_sample_has_is_named(results: Results):
    first = results.tasks[0]
    misspelt = replace(first, task=replace(first.task, group_by=(("doc_class", "langauge"),)))

    board = leaderboard(replace(results, tasks=(misspelt, *results.tasks[1:])))

    reason = "no sample has a value for 'langauge'; did you mean 'language'?"
    assert ("every model", "page-text", "by_doc_class+langauge", reason) in {
        (problem.model, problem.task, problem.metric, problem.reason) for problem in board.problems
    }


def test_a_judge_is_named_beside_its_figures(results: Results):
    first = results.tasks[0]
    metrics = dict.fromkeys(AnswerKind, ("cer", "judge"))
    judged = replace(
        results,
        tasks=(replace(first, task=replace(first.task, metrics=metrics)), *results.tasks[1:]),
        provenance={**results.provenance, "judge": {"model": "judge-8b|"}},
    )
    board = leaderboard(judged)

    assert ("judge-8b|", ("judge",)) == (board.tables[0].judge, board.tables[0].judged)
    assert [()] * 2 == [table.judged for table in board.tables[1:]]
    assert "judge has the verdicts of judge-8b|" in render_text(board)
    assert (
        f"`judge` has the verdicts of {code('judge-8b|')}."
        in results_md(judged, (), board).decode()
    )
    assert b'has the verdicts of <span dir="auto">judge-8b|</span>' in html_of(judged, (), board)
    assert () == leaderboard(results).tables[0].judged


def test_a_model_whose_answers_were_made_elsewhere_is_noted_as_such(results: Results):
    models = tuple(
        replace(one, backend=IMPORTED) if one.name == READER else one for one in results.models
    )
    results = replace(results, models=models, unlocked=frozenset({READER, CHATTY}))

    table = table_of(results, figure(READER, 0.3), figure(CHATTY, 0.5))

    notes = {row.model: row.notes for row in table.rows if row.primary}
    assert {READER: ("imported",), CHATTY: ("unlocked",)} == notes


def test_the_last_decision_about_a_model_stands_beside_it_and_changes_no_rank(results: Results):
    first, last = (
        Decision("reader-vl-3b", state, state.value)
        for state in (Decided.CHOSEN, Decided.NEEDS_MORE_DATA)
    )

    board = leaderboard(replace(results, decisions=(first, last)))

    rows = [row for table in board.tables for row in table.rows if row.model == "reader-vl-3b"]
    assert [last] * 2 == [row.decision for row in rows]
    assert ["needs more data"] * 2 == [row.notes[-1] for row in rows]
    assert (last,) == board.decisions
    assert [(row.model, row.rank) for table in board.tables for row in table.rows] == [
        (row.model, row.rank) for table in leaderboard(results).tables for row in table.rows
    ]
