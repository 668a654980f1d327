from dataclasses import replace

from tests.unit.report.charts.models import GIB, measured, worker
from vlmhb.domain.results import Results
from vlmhb.domain.score import Direction
from vlmhb.report.charts.cost import CostRow, CostTable, amount, cost_tables, measures_of
from vlmhb.report.figures.costs import model_costs
from vlmhb.report.figures.leaderboard import leaderboard


def tables(results: Results) -> dict[str, CostTable]:
    found = cost_tables(leaderboard(results).tables, model_costs(results))
    return {f"{table.task} {table.metric}": table for table in found}


def rows(table: CostTable) -> dict[str, CostRow]:
    return {row.model: row for row in table.rows}


def frontier(table: CostTable, key: str) -> set[str]:
    place = [measure.key for measure in table.measures].index(key)
    return {row.model for row in table.rows if row.figures[place].on_frontier}


def test_quality_is_what_ranks_a_model(results: Results):
    """Chatty fails on a page; leaving pages out must not make it look better."""
    table = tables(measured(results))["fields anls"]

    board = next(t for t in leaderboard(results).tables if t.metrics[0] == "anls")
    ranked = {row.model: row.primary for row in board.rows}
    for name, row in rows(table).items():
        summary = ranked[name]
        assert summary is not None
        assert summary.value_failed_as_wrong is not None
        assert abs(row.quality - summary.value_failed_as_wrong) < 1e-9
        is_same = summary.value == summary.value_failed_as_wrong
        assert (row.low is not None) == (is_same and summary.ci_low is not None)


def test_failures_count_against_a_model_and_leave_it_without_an_interval(results: Results):
    run = measured(results)
    summaries = tuple(
        replace(s, value=0.9, ci_low=0.8, ci_high=1.0, value_failed_as_wrong=0.4, n_failed=5)
        if (s.model, s.task, s.metric) == ("reader-vl-3b", "fields", "anls")
        else s
        for s in run.summaries
    )

    row = rows(tables(replace(run, summaries=summaries))["fields anls"])["reader-vl-3b"]

    assert (0.4, None, None) == (row.quality, row.low, row.high)


def test_the_direction_of_the_metric_is_kept(results: Results):
    found = tables(measured(results))

    assert Direction.LOWER is found["page-text cer"].direction
    assert Direction.HIGHER is found["fields anls"].direction


def test_the_best_and_the_cheapest_are_on_the_frontier(results: Results):
    table = tables(measured(results))["fields anls"]
    best = max((row for row in table.rows if row.is_compared), key=lambda row: row.quality)

    assert best.model in frontier(table, "pages_per_s")
    assert {"reader-vl-3b"} == frontier(table, "vram")


def test_one_model_alone_is_on_no_frontier(results: Results):
    """Whether another one is as good for as little, nobody measured."""
    run = measured(results)
    alone = tuple(each for each in run.telemetry if each.model == "reader-vl-3b")

    table = tables(replace(run, telemetry=alone))["fields anls"]

    assert set() == frontier(table, "pages_per_s")
    assert [None, None] != [figure.value for figure in rows(table)["reader-vl-3b"].figures[:2]]


def test_random_weights_are_in_the_table_and_on_no_frontier(results: Results):
    for table in tables(measured(results)).values():
        row = rows(table).get("tiny-random-llava")
        if row is None:
            continue
        assert not row.is_compared
        assert [False] * 4 == [figure.on_frontier for figure in row.figures]


def test_what_was_not_measured_has_no_figure(results: Results):
    table = tables(measured(results, price_per_hour=None))["page-text cer"]

    figures = dict(
        zip((m.key for m in table.measures), rows(table)["tesseract-psm4"].figures, strict=True)
    )
    assert 0.4 == figures["pages_per_s"].value
    assert {None} == {figures[key].value for key in ("vram", "wh_per_page", "price_per_1k_pages")}


def test_memory_of_the_models_alone_is_compared_where_all_of_them_know_it(results: Results):
    run = measured(results)
    own = tuple(
        worker(each.model, peak_process_vram_bytes=GIB) if each.gpu else each
        for each in run.telemetry
    )
    some = (*own[:-1], run.telemetry[-1])

    titles = [
        measures_of(model_costs(replace(run, telemetry=telemetry)))[1].title
        for telemetry in (own, some)
    ]

    assert ["peak VRAM, GiB", "peak VRAM of the card, GiB"] == titles


def test_amounts_are_three_digits_long():
    assert ["–", "0.000123", "0.5", "12.3", "12,346"] == [
        amount(value) for value in (None, 0.0001234, 0.5, 12.34, 12345.6)
    ]
