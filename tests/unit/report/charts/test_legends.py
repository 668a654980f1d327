import re
from dataclasses import replace

from tests.unit.report.charts.models import measured
from tests.unit.report.made import html_of
from vlmhb.domain.results import Results
from vlmhb.report.charts.palette import looks_of
from vlmhb.report.figures.leaderboard import leaderboard
from vlmhb.report.page.page import page_environment

LEGENDS = re.compile(r'<ul class="legend-of-models" aria-label="([^"]*)"')


def page(run: Results) -> str:
    return html_of(run, (), leaderboard(run)).decode()


def test_lines_of_one_colour_are_told_apart_in_their_legend():
    """Points differ in shape, which a line does not have."""
    macro = '{% from "charts.html" import legend_of_lines %}{{ legend_of_lines(looks) }}'
    looks = looks_of([f"m{number}" for number in range(20)])

    legend = page_environment("vlmhb.report").from_string(macro).render(looks=looks)

    lines = re.findall(r'stroke="([^"]+)"[^>]* stroke-dasharray="([^"]+)"', legend)
    assert 20 == len(set(lines))
    assert ("#2d88e2", "1 0") == lines[0]


def test_each_kind_of_chart_has_its_legend(results: Results):
    assert ["Models in the charts", "Models of the lines"] == LEGENDS.findall(
        page(measured(results))
    )


def test_no_legend_stands_without_a_chart(results: Results):
    """One model has nothing to be compared with."""
    run = measured(results)
    alone = tuple(worker for worker in run.telemetry if worker.model == "reader-vl-3b")

    assert ["Models of the lines"] == LEGENDS.findall(page(replace(run, telemetry=alone)))
