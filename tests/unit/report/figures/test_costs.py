"""What models cost: sums over their workers, means over their time, and no zero for the unknown."""

from dataclasses import fields, replace

import pytest

from vlmhb.domain.results import Results
from vlmhb.domain.telemetry import WorkerTelemetry, WorkerTotals
from vlmhb.report.figures.cost_table import cost_table, cost_words
from vlmhb.report.figures.costs import ModelCost, model_costs
from vlmhb.report.numbers import NOT_MEASURED

GIB = 1 << 30
FIRST = WorkerTotals(
    alive_s=500.0,
    load_s=60.0,
    answering_s=300.0,
    n_answers=100,
    n_pages=200,
    cpu_s=700.0,
    peak_rss_bytes=4 * GIB,
    peak_vram_bytes=20 * GIB,
    peak_process_vram_bytes=18 * GIB,
    mean_utilisation=0.9,
    mean_power_w=400.0,
    energy_wh=50.0,
    answering_energy_wh=30.0,
    energy_source="counter",
    max_temperature_c=70,
    throttling=("power_cap",),
)
SECOND = WorkerTotals(
    alive_s=200.0,
    load_s=40.0,
    answering_s=100.0,
    n_answers=50,
    n_pages=100,
    cpu_s=100.0,
    peak_rss_bytes=5 * GIB,
    peak_vram_bytes=30 * GIB,
    mean_utilisation=0.5,
    mean_power_w=200.0,
    energy_wh=10.0,
    answering_energy_wh=6.0,
    energy_source="counter",
    max_temperature_c=60,
    throttling=(),
)


def measured(results: Results, *lives: WorkerTotals, price: float | None = None) -> Results:
    """The run with these workers of its first model, each of another start of the run."""
    workers = tuple(
        WorkerTelemetry(results.models[0].name, place, 0, "GPU-a", 30.0, 5.0, life)
        for place, life in enumerate(lives)
    )
    return replace(results, telemetry=workers, price_per_hour=price)


def cost(results: Results) -> ModelCost:
    return model_costs(results)[0]


def test_workers_of_a_model_add_up(results: Results):
    told = cost(measured(results, FIRST, SECOND, price=4.0))

    assert told == ModelCost(
        model=results.models[0].name,
        n_pages=300,
        pages_per_s=0.75,
        build_s=30.0,
        fetch_s=10.0,
        load_s=100.0,
        answering_s=400.0,
        peak_vram_bytes=30 * GIB,
        peak_process_vram_bytes=18 * GIB,
        mean_utilisation=pytest.approx(0.8),  # type: ignore[arg-type]
        mean_power_w=350.0,
        energy_wh=60.0,
        wh_per_page=0.12,
        price_per_1k_pages=pytest.approx(4.0 * 400 / 3600 / 300 * 1000),  # type: ignore[arg-type]
        peak_rss_bytes=5 * GIB,
        cpu_s=800.0,
        max_temperature_c=70,
        throttling=("power_cap",),
    )


def test_every_model_has_a_cost_and_what_was_not_measured_is_none(results: Results):
    told = model_costs(results)

    assert [model.name for model in results.models] == [one.model for one in told]
    for one in told:
        figures = [field.name for field in fields(one) if field.name not in ("model", "n_pages")]
        assert [] == [name for name in figures if getattr(one, name) is not None]
        assert 0 == one.n_pages


def test_what_was_fetched_once_for_several_workers_counts_once(results: Results):
    both = measured(results, FIRST, SECOND)
    one_start = tuple(replace(worker, segment=0) for worker in both.telemetry)

    assert 5.0 == cost(replace(both, telemetry=one_start)).fetch_s


def test_energy_is_told_only_when_that_of_every_worker_with_answers_is_known(results: Results):
    blind = replace(SECOND, energy_wh=None, answering_energy_wh=None)
    died = WorkerTotals(alive_s=1.0)

    assert cost(measured(results, FIRST, blind)).energy_wh is None
    assert 50.0 == cost(measured(results, FIRST, died)).energy_wh
    assert 0.15 == cost(measured(results, FIRST, blind)).wh_per_page


def test_a_worker_without_an_answer_has_no_figures_per_page(results: Results):
    told = cost(measured(results, WorkerTotals(alive_s=9.0, load_s=3.0), price=4.0))

    assert (0, None, None, None) == (
        told.n_pages,
        told.pages_per_s,
        told.wh_per_page,
        told.price_per_1k_pages,
    )
    assert 3.0 == told.load_s


def test_an_hour_that_costs_nothing_costs_nothing(results: Results):
    assert 0.0 == cost(measured(results, FIRST, price=0.0)).price_per_1k_pages


def test_no_throttling_is_told_apart_from_none_measured(results: Results):
    assert () == cost(measured(results, SECOND)).throttling
    assert cost(measured(results, WorkerTotals())).throttling is None


def test_the_table_has_a_line_for_each_measured_model_and_says_what_is_missing(results: Results):
    (line,) = cost_table(measured(results, SECOND, price=4.0))

    texts = {cell.title: cell.text for cell in line.cells}
    assert results.models[0].name == line.model
    assert texts | {"price per 1,000 pages": "1.111"} == texts
    assert NOT_MEASURED == texts["peak VRAM of the model"]
    assert ("none", "50.0", "30.0") == (
        texts["throttling"],
        texts["GPU utilisation"],
        texts["peak VRAM of the card"],
    )


def test_the_words_for_the_terminal_hold_what_is_known(results: Results):
    known = cost_words(cost(measured(results, SECOND, price=4.0)))

    assert "1.000 pages/s, 0.060 Wh per page, 1.111 per 1,000 pages" == known
    assert "" == cost_words(cost(results))


def test_without_a_price_there_is_no_column_for_it(results: Results):
    (line,) = cost_table(measured(results, FIRST))

    assert not any("price" in cell.title for cell in line.cells)
    assert "power cap" in {cell.text for cell in line.cells}
    assert () == cost_table(results)
