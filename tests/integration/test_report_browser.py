"""report.html in a real browser: it works, stays silent, and nothing in it runs but our script."""

import base64
from pathlib import Path

import pytest

from tests.browser import Tab
from tests.unit.report.sample_results import sample_results
from vlmhb.domain.results import Results
from vlmhb.report import write_report


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return sample_results(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def report(results: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("derived")
    write_report(results, folder)
    return folder / "report.html"


def test_the_page_opens_from_disk_without_a_complaint(tab: Tab, report: Path):
    tab.open(report)

    assert [] == tab.complaints()
    assert tab.run("document.querySelectorAll('table.leaderboard').length") == 3


def test_the_policy_stops_what_is_not_ours(tab: Tab, report: Path):
    """The test of the test: a script that does get in would be seen."""
    tab.open(report)

    refused = tab.run("""(() => {
      const script = document.createElement("script");
      try { script.text = "window.intruder = 1"; document.body.append(script); }
      catch (error) { return error.name; }
      return String(window.intruder);
    })()""")

    assert "TypeError" == refused
    assert tab.complaints()


def test_a_column_sorts_its_table(tab: Tab, report: Path):
    tab.open(report)
    script = "[...document.querySelectorAll('table.leaderboard')[0].tBodies[0].rows]"
    names = f"{script}.map((row) => row.children[1].dataset.value)"

    tab.run("document.querySelectorAll('table.leaderboard th')[1].click()")

    assert sorted(tab.run(names)) == tab.run(names)


def test_the_theme_can_be_switched(tab: Tab, report: Path):
    tab.open(report)
    colour = "getComputedStyle(document.body).backgroundColor"
    before = tab.run(colour)

    tab.run("document.getElementById('theme').click()")

    assert before != tab.run(colour)


def test_nothing_is_wider_than_a_narrow_window(tab: Tab, report: Path):
    tab.resize(500, 900)
    tab.open(report)
    width = tab.run("document.documentElement.scrollWidth")

    assert width <= 500


def test_paper_shows_the_figures_and_no_controls(tab: Tab, report: Path):
    tab.emulate(media="print", scheme="dark")
    tab.open(report)

    shown = tab.run("""["#leaderboard", "#samples", ".bar", "footer"].map((name) =>
      document.querySelector(name).offsetHeight > 0)""")
    colour = tab.run("getComputedStyle(document.body).backgroundColor")
    cut = tab.run("""[...document.querySelectorAll(".scroll")].filter((box) =>
      box.offsetHeight > 0 && box.scrollWidth > box.clientWidth + 1).length""")
    paper = tab.call("Page.printToPDF", printBackground=True)

    assert [True, False, False, False] == shown
    assert "rgb(255, 255, 255)" == colour
    assert 0 == cut
    assert base64.b64decode(paper["data"]).startswith(b"%PDF")
