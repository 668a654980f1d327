"""comparison.html in a real browser: it filters, stays silent, and runs nothing but our script."""

from pathlib import Path

import pytest

from tests.integration.test_report_browser import Tab, pytestmark, tab
from tests.unit.comparison.hostile_runs import hostile_comparison
from tests.unit.comparison.runs import compared, numbered, right, task_of, write_run
from vlmhb.comparison import write_comparison
from vlmhb.comparison.compare import Comparison

__all__ = ["pytestmark", "tab"]

SHOWN = "[...document.querySelectorAll('.change:not([hidden])')]"


def page(found: Comparison, folder: Path) -> Path:
    write_comparison(found, (), folder)
    return folder / "comparison.html"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plain")
    samples = numbered(12)
    a = write_run(folder / "a", {"m": right(samples, 0, 1)}, task_of(samples))
    b = write_run(folder / "b", {"m": right(samples, 2, 3, 4)}, task_of(samples))
    return page(compared(a, b), folder / "out")


def test_changed_samples_are_filtered_by_trend_and_by_text(tab: Tab, plain: Path):
    tab.open(plain)

    everything = tab.run(f"{SHOWN}.length")
    tab.run("document.querySelector('[data-trend=worse]').click()")
    worse = tab.run(f"{SHOWN}.map((change) => change.querySelector('b').textContent)")
    tab.run("document.querySelector('.changes input').value = 'TARGET 3'")
    tab.run("document.querySelector('.changes input').dispatchEvent(new Event('input'))")
    found = tab.run(f"{SHOWN}.map((change) => change.querySelector('b').textContent)")
    counted = tab.run("document.querySelector('.shown-count').textContent")

    assert (5, ["2", "3", "4"], ["3"], "1 of 5") == (everything, worse, found, counted)
    assert [] == tab.complaints()


def test_the_page_has_a_light_and_a_dark_side(tab: Tab, plain: Path):
    tab.open(plain)
    colour = "getComputedStyle(document.body).backgroundColor"

    before = tab.run(colour)
    tab.run("document.getElementById('theme').click()")

    assert before != tab.run(colour)


def test_hostile_text_runs_nothing_and_loads_nothing(
    tab: Tab, tmp_path_factory: pytest.TempPathFactory
):
    folder = tmp_path_factory.mktemp("hostile")

    tab.open(page(hostile_comparison(folder), folder / "out"))
    tab.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")

    assert [] == tab.complaints()
    assert 0 == tab.run("document.querySelectorAll('img, iframe, svg, form, base, link').length")
    assert 1 == tab.run("document.querySelectorAll('script').length")
