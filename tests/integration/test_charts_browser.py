"""The charts of report.html in a real browser: what they say, and what no name makes of them."""

from pathlib import Path

import pytest

from tests.browser import Tab
from tests.unit.report.charts.models import measured
from tests.unit.report.hostile import hostile_results
from tests.unit.report.sample_results import sample_results
from vlmhb.report import write_report

TIP = "document.getElementById('tip')"
SHOWN = f"{TIP}.hidden ? '' : {TIP}.textContent"
DRAWN = {"figcaption", "div", "svg", "g", "path", "line", "text"}
POINTS = "[...document.querySelectorAll('#cost .points_marks [tabindex]')]"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("derived")
    write_report(measured(sample_results(folder)), folder)
    return folder / "report.html"


def label(tab: Tab, number: int) -> str:
    return str(tab.run(f"{POINTS}[{number}].getAttribute('aria-label')"))


def point_at(tab: Tab, number: int) -> None:
    x, y = tab.run(f"""(() => {{
      {POINTS}[{number}].scrollIntoView({{ block: "center", behavior: "instant" }});
      const box = {POINTS}[{number}].getBoundingClientRect();
      return [box.left + box.width / 2, box.top + box.height / 2];
    }})()""")
    # Scrolling hides what was shown, with the next picture that is painted.
    tab.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    tab.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)


def test_a_mark_says_what_it_is_to_a_pointer_and_to_the_keyboard(tab: Tab, report: Path):
    tab.open(report)
    assert "" == tab.run(SHOWN)

    point_at(tab, 0)
    assert label(tab, 0) == tab.run(SHOWN)
    tab.call("Input.dispatchMouseEvent", type="mouseMoved", x=1, y=1)
    assert "" == tab.run(SHOWN)

    tab.run(f"{POINTS}[0].focus()")
    assert label(tab, 0) == tab.run(SHOWN)
    tab.press("ArrowRight")
    assert label(tab, 1) == tab.run(SHOWN)
    tab.press("Escape")
    assert "" == tab.run(SHOWN)
    assert [] == tab.complaints()


def test_the_keyboard_stops_once_at_each_chart(tab: Tab, report: Path):
    tab.open(report)

    stops = tab.run(
        "[...document.querySelectorAll('.chart')].map((chart) =>"
        " [...chart.querySelectorAll('[tabindex]')].filter((mark) => mark.tabIndex === 0).length)"
    )

    assert len(stops) > 8
    assert {1} == set(stops)


def test_charts_change_with_the_theme_and_fit_a_narrow_window(tab: Tab, report: Path):
    fill = f"getComputedStyle({POINTS}[0]).fill"
    tab.open(report)
    light = tab.run(fill)

    tab.emulate(scheme="dark")
    dark = tab.run(fill)
    tab.resize(400, 900)

    assert light != dark
    assert tab.run("document.documentElement.scrollWidth") <= 400


def test_hostile_names_run_nothing_in_a_chart(tab: Tab, tmp_path: Path):
    results = measured(hostile_results(tmp_path))
    write_report(results, tmp_path)
    tab.open(tmp_path / "report.html")

    said = tab.run("""[...document.querySelectorAll(".chart [tabindex]")].map((mark) => {
      mark.focus();
      return document.getElementById("tip").textContent;
    })""")

    assert any("<script>" in text for text in said)
    assert [] == tab.complaints()
    assert DRAWN >= set(
        tab.run("[...document.querySelectorAll('.chart *')].map((node) => node.localName)")
    )
    assert 0 == tab.run("document.getElementById('tip').children.length")
