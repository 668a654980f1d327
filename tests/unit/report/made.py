"""Charts and pages that are made on their own."""

from collections.abc import Mapping, Sequence

from vlmhb.domain.results import Results
from vlmhb.report.charts.page_charts import Drawing, PageCharts
from vlmhb.report.entries import Entry
from vlmhb.report.figures.leaderboard import Leaderboard
from vlmhb.report.page.embedded import NO_PICTURES
from vlmhb.report.page.to_html import report_html
from vlmhb.system.chart_drawer import ChartDrawer


def charts_of(results: Results, board: Leaderboard) -> PageCharts:
    """Drawn by a process of their own."""
    with ChartDrawer() as drawer:
        return Drawing(results, board, drawer).charts()


def html_of(
    results: Results,
    entries: Sequence[Entry],
    board: Leaderboard,
    embedded: Mapping[str, str] = NO_PICTURES,
) -> bytes:
    """report.html."""
    return report_html(results, entries, board, charts_of(results, board), embedded)
