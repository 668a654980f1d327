import logging
import re
from dataclasses import replace

import pytest

from tests.unit.report.charts.models import measured, worker
from tests.unit.report.hostile import HOSTILE, hostile_results
from tests.unit.report.made import charts_of
from vlmhb.domain.results import Results
from vlmhb.domain.telemetry import Reading
from vlmhb.report.charts.frame import Spec
from vlmhb.report.charts.page_charts import PageCharts, sketches_of
from vlmhb.report.charts.picture import NOT_DRAWN, Sketch, pictures_of
from vlmhb.report.figures.leaderboard import leaderboard
from vlmhb.system.chart_drawer import draw_all


def charts(results: Results) -> PageCharts:
    return charts_of(results, leaderboard(results))


@pytest.fixture(scope="module")
def run(results: Results) -> Results:
    return measured(results)


@pytest.fixture(scope="module")
def made(run: Results) -> PageCharts:
    return charts(run)


def titles(made: PageCharts) -> list[str]:
    shown = [*(shown for _, shown in made.cost), made.latency, made.over_time]
    return [picture.title for each in shown for picture in each.pictures]


def test_every_chart_has_its_picture(made: PageCharts):
    assert {
        "cer against pages per second",
        "anls against peak VRAM of the card, GiB",
        "anls against Wh per page",
        "cer against price per 1,000 pages",
        "Seconds per page, by model",
        "Seconds to load the model, by model",
        "VRAM in use on the card, GiB",
        "GPU utilisation, %",
        "GPU power, W",
        "Memory of the worker's processes, GiB",
        "CPU cores in use, cores",
    } <= set(titles(made))
    for _, shown in made.cost:
        assert all(each.svg for each in shown.pictures)
    assert all(each.svg for each in (*made.latency.pictures, *made.over_time.pictures))


def test_the_same_results_give_the_same_charts(run: Results, made: PageCharts):
    assert made == charts(run)


def test_each_chart_that_is_missing_has_a_sentence(made: PageCharts):
    notes = {table.metric: shown.notes for table, shown in made.cost}

    assert (
        "Peak VRAM was not measured.",
        "Energy was not measured.",
    ) == notes["field_found"]
    assert ("The time to the first token was not measured.",) == made.latency.notes
    assert ("Not measured: VRAM of the worker's processes.",) == made.over_time.notes


def test_what_one_model_alone_has_is_said_once(run: Results):
    alone = tuple(each for each in run.telemetry if each.model == "reader-vl-3b")

    made = charts(replace(run, telemetry=alone))

    notes = {table.metric: shown.notes for table, shown in made.cost}
    assert (
        "One model alone has pages per second · peak VRAM of the card, GiB · Wh per page ·"
        " price per 1,000 pages: there is nothing to compare.",
    ) == notes["anls"]


def test_what_costs_nothing_is_in_the_chart(results: Results):
    """A price of 0 is a price: that of a machine that one has anyway."""
    made = charts(measured(results, price_per_hour=0.0))

    assert "anls against price per 1,000 pages" in titles(made)
    assert not [note for _, shown in made.cost for note in shown.notes if "One model" in note]


def test_a_run_that_was_not_measured_says_so(results: Results):
    made = charts(results)

    assert ((), ()) == (made.cost, made.over_time.pictures)
    assert ("Nothing was measured while the models of this run answered.",) == made.over_time.notes
    assert ["Seconds per page, by model"] == titles(made)


def test_nothing_is_drawn_of_a_few_readings(run: Results):
    short = tuple(replace(each, readings=each.readings[:2]) for each in run.telemetry)

    made = charts(replace(run, telemetry=short))

    assert () == made.over_time.pictures
    assert ("No worker lived long enough for 5 readings.",) == made.over_time.notes


def test_a_point_of_a_chart_says_what_it_is(made: PageCharts):
    (table, shown), *_ = made.cost
    labels = re.findall(r'aria-label="([^"]*)" [^>]*tabindex', str(shown.pictures[0].svg))

    assert "page-text" == table.task
    assert sum(row.is_compared for row in table.rows) == len(labels)
    assert any("on the frontier" in label for label in labels)
    assert all("pages per second " in label for label in labels)


def test_charts_of_a_run_stay_small(run: Results):
    """Many workers that live for hours, each read every second."""
    life = tuple(
        Reading(float(at_s), 1.0, at_s % 977 << 20, None, 0.5, at_s % 331, cpu_cores=at_s % 7)
        for at_s in range(1, 2000)
    )
    many = tuple(replace(worker(each.model), readings=life) for each in run.telemetry * 8)

    made = charts(replace(run, telemetry=many))

    assert 200_000 > sum(len(str(each.svg)) for each in made.over_time.pictures)
    assert "Charts show the 24 workers that lived the longest." in made.over_time.notes


def test_hostile_names_leave_nothing_but_a_chart(tmp_path):
    base = hostile_results(tmp_path)
    hostile = measured(base)

    made = charts(hostile)

    markup = "".join(
        str(each.svg)
        for shown in (*(shown for _, shown in made.cost), made.latency, made.over_time)
        for each in shown.pictures
    )
    assert len(HOSTILE[0]) > 0
    assert markup
    assert {"svg", "g", "path", "line", "text"} >= set(re.findall(r"<(\w+)", markup))
    assert not re.search(r"\son\w+=|style=|href|\x00", markup)


def test_no_font_of_the_machine_moves_anything(run: Results, made: PageCharts):
    """A layout that follows the width of texts would differ between these."""
    tables = [table for table, _ in made.cost]
    sketches = sketches_of(run, tables, made.timings)
    kinds = ("cost 0 pages_per_s", "latency page", "course power")
    specs = [sketches[kind].spec for kind in kinds]

    in_fonts = [
        [
            re.sub(r' font-family="[^"]*"', "", str(svg))
            for svg in draw_all([with_font(spec, font) for spec in specs])
        ]
        for font in ("Liberation Sans", "Liberation Mono")
    ]

    assert all("<svg" in svg for svg in in_fonts[0])
    assert in_fonts[0] == in_fonts[1]


def with_font(spec: Spec, font: str) -> Spec:
    config = spec["config"]
    assert isinstance(config, dict)
    return {**spec, "config": {**config, "font": font}}


def test_one_warning_tells_of_all_charts_that_could_not_be_drawn(caplog):
    sketches = {name: Sketch(f"Chart {name}", {"mark": 7}) for name in ("a", "b")}

    with caplog.at_level(logging.WARNING):
        pictures = pictures_of(sketches, draw_all([sketch.spec for sketch in sketches.values()]))

    assert [("Chart a", None, NOT_DRAWN), ("Chart b", None, NOT_DRAWN)] == [
        (each.title, each.svg, each.note) for each in pictures.values()
    ]
    (record,) = caplog.records
    assert "2 of 2 charts of report.html could not be drawn" in record.getMessage()
