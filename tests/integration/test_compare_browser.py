"""comparison.html in a real browser: it filters, stays silent, and runs nothing but our script."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tests.browser import Tab
from tests.unit.comparison.hostile_runs import hostile_comparison
from tests.unit.comparison.runs import compared, numbered, right, task_of, write_run
from vlmhb.comparison import write_comparison
from vlmhb.comparison.compare import Comparison
from vlmhb.store import RunDir

SHOWN = "[...document.querySelectorAll('.change:not([hidden])')]"


def page(found: Comparison, folder: Path, *, embed_images: bool = False) -> Path:
    write_comparison(found, (), folder, embed_images=embed_images)
    return folder / "comparison.html"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plain")
    samples = tuple(
        replace(one, doc_class=f"class {place % 3}") for place, one in enumerate(numbered(12))
    )
    a = write_run(folder / "a", {"m": right(samples, 0, 1)}, task_of(samples))
    b = write_run(folder / "b", {"m": right(samples, 2, 3, 4)}, task_of(samples))
    pages = RunDir(b).pages
    Image.new("RGB", (40, 60), "white").save(pages / f"{samples[2].pages[0].sha256}.jpg")
    page(compared(a, b), folder / "one file", embed_images=True)
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


@pytest.mark.parametrize("folder", ["out", "one file"])
def test_a_changed_sample_shows_its_page(tab: Tab, plain: Path, folder: str):
    tab.open(plain.parent.parent / folder / plain.name)

    tab.run("document.querySelectorAll('.change').forEach((one) => { one.open = true; })")
    tab.run(
        "new Promise((done) => { const image = document.querySelector('.change img');"
        " image.naturalHeight ? done() : image.addEventListener('load', () => done()); })"
    )
    shown = tab.run(
        "[...document.querySelectorAll('.change img')].map((one) => "
        "[one.closest('.change').querySelector('b').textContent, one.naturalHeight])"
    )

    assert [["2", 60]] == shown
    assert [] == tab.complaints()


def test_groups_are_sorted_by_their_difference(tab: Tab, plain: Path):
    """Each class lost one sample of four; classes 0 and 1 won one back."""
    tab.open(plain)
    tables = "[...document.querySelectorAll('table.sortable')]"
    table = f"{tables}.find((table) => table.textContent.includes('class 2'))"
    names = f"[...{table}.tBodies[0].rows].map((row) => row.cells[0].textContent)"

    before = tab.run(names)
    tab.run(f"{table}.querySelectorAll('th')[3].click()")
    after = tab.run(names)
    tab.run(f"{table}.querySelectorAll('th')[3].click()")

    assert ["class 0", "class 1", "class 2"] == before
    assert ["class 2", "class 0", "class 1"] == after
    assert ["class 0", "class 1", "class 2"] == tab.run(names)


def test_the_page_has_a_light_and_a_dark_side(tab: Tab, plain: Path):
    tab.open(plain)
    colour = "getComputedStyle(document.body).backgroundColor"

    before = tab.run(colour)
    tab.run("document.getElementById('theme').click()")

    assert before != tab.run(colour)


def test_a_narrow_window_breaks_no_name_of_a_metric(tab: Tab, plain: Path):
    tab.resize(400, 900)
    tab.open(plain)

    lines = tab.run("""(() => {
      const range = document.createRange();
      range.selectNodeContents(document.querySelector("table.deltas tbody td"));
      return new Set([...range.getClientRects()].map((box) => box.top)).size;
    })()""")

    assert 1 == lines


def test_paper_shows_what_is_folded(tab: Tab, plain: Path):
    tab.open(plain)
    folded = "document.querySelectorAll('main details:not([open])').length"

    before = tab.run(folded)
    tab.run("dispatchEvent(new Event('beforeprint'))")
    on_paper = tab.run(folded)
    tab.run("dispatchEvent(new Event('afterprint'))")

    assert (True, 0, before) == (before > 0, on_paper, tab.run(folded))


def test_hostile_text_runs_nothing_and_loads_nothing(
    tab: Tab, tmp_path_factory: pytest.TempPathFactory
):
    folder = tmp_path_factory.mktemp("hostile")

    tab.open(page(hostile_comparison(folder), folder / "out"))
    tab.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")

    assert [] == tab.complaints()
    assert 0 == tab.run("document.querySelectorAll('img, iframe, svg, form, base, link').length")
    assert 1 == tab.run("document.querySelectorAll('script').length")
