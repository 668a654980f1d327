"""The sections of report.html in a real browser: figures open their samples, tables sort."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.browser import Tab
from tests.unit.report.eventful import REDUCED, eventful_results
from vlmhb.domain.results import Results
from vlmhb.domain.score import Score, Unscored
from vlmhb.report import write_report

GAPS = ("chatty-vl-7b", "fields", "exact_match")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("derived")
    write_report(with_gaps(eventful_results(tmp_path_factory.mktemp("pages"))), folder)
    return folder / "report.html"


def with_gaps(results: Results) -> Results:
    """One metric says nothing about four answers of chatty-vl-7b."""
    left = 4
    scores = []
    for score in results.scores:
        is_gap = left and (score.model, score.task, score.metric) == GAPS
        is_gap = is_gap and isinstance(score.result, Score)
        left -= bool(is_gap)
        scores.append(replace(score, result=Unscored("no value")) if is_gap else score)
    return replace(results, scores=tuple(scores))


def found_by(tab: Tab, button: str) -> str:
    """What the sample browser says when the button, a JavaScript expression, was pressed."""
    return str(
        tab.run(f"""new Promise((done) => {{
          const found = document.getElementById("found");
          found.textContent = "";
          const told = () => found.textContent && done(found.textContent);
          new MutationObserver(told).observe(found, {{ childList: true, characterData: true }});
          const pressed = {button};
          pressed.focus();
          pressed.click();
        }})""")
    )


def chosen(tab: Tab) -> dict[str, str]:
    """Filter -> what is chosen in it."""
    text = tab.run("""JSON.stringify(Object.fromEntries(
      [...document.querySelectorAll("#chosen select")].filter((each) => each.value !== "")
        .map((each) => [each.id.slice(3), each.selectedOptions[0].textContent])))""")
    return dict(json.loads(text))


def test_every_figure_opens_the_samples_behind_it(tab: Tab, page: Path):
    tab.open(page)
    in_row = "document.querySelector(`{}`)"

    own = found_by(tab, in_row.format("table.heat tr[data-where*=north] button.show"))
    own_chosen = chosen(tab)
    grouped = found_by(
        tab, in_row.format(".grouped tr[data-where*=supplier][data-where*=invoice] button.show")
    )
    grouped_chosen = chosen(tab)
    kind = found_by(tab, in_row.format("tr[data-where*=chatty] .chips button.show"))
    kind_chosen = chosen(tab)
    reduced = found_by(tab, in_row.format(f"#failures button[data-show*='{REDUCED}']"))
    failed = found_by(tab, in_row.format("#failures button[data-show*=oom]"))
    unjudged = found_by(tab, in_row.format("#failures button[data-show*=unjudged]"))
    unjudged_chosen = chosen(tab)

    assert own.startswith("16 of")
    assert {"model": "tesseract-psm4", "task": "fields", "group.region": "north"} == own_chosen
    assert grouped.startswith("8 of")
    assert ("invoice", "supplier") == (grouped_chosen["doc_class"], grouped_chosen["question_type"])
    assert kind.startswith("27 of")
    assert {"model": "chatty-vl-7b", "task": "fields", "class": "Extra text"} == kind_chosen
    assert reduced.startswith("5 of")
    assert failed.startswith("3 of")
    assert unjudged.startswith("4 of")
    assert dict(zip(("model", "task", "unjudged"), GAPS, strict=True)) == unjudged_chosen
    assert [] == tab.complaints()


def test_sections_sort_open_and_stay_within_a_narrow_window(tab: Tab, page: Path):
    tab.open(page)

    tab.run("document.querySelector('.by-groups details').open = true")
    tab.run("document.querySelectorAll('.grouped th.model')[1].click()")
    figures = tab.run("""[...document.querySelector(".grouped").tBodies[0].rows].map(
      (row) => Number(row.cells[3].dataset.value))""")
    tab.resize(400, 900)
    wide = tab.run("document.documentElement.scrollWidth")
    bars = tab.run("""[...document.querySelectorAll(".shares")].every((bar) =>
      bar.getAttribute("aria-label") && bar.querySelectorAll("rect").length > 0)""")

    assert 3 == len(set(figures))
    assert sorted(figures) == figures
    assert 400 >= wide
    assert bars
    assert [] == tab.complaints()


def test_what_is_folded_is_open_on_paper_and_folded_again_afterwards(tab: Tab, page: Path):
    tab.open(page)
    tab.run("document.querySelector('main details').open = true")
    tab.run("""addEventListener("beforeprint", () => {
      window.foldedOnPaper = document.querySelectorAll("main details:not([open])").length;
    })""")
    folded = "document.querySelectorAll('main details:not([open])').length"

    before = tab.run(folded)
    tab.call("Page.printToPDF")
    on_paper, afterwards = tab.run("window.foldedOnPaper"), tab.run(folded)
    tab.emulate(media="print", scheme="light")
    tab.run("dispatchEvent(new Event('beforeprint'))")
    cut = tab.run("""[...document.querySelectorAll(".scroll")].filter((box) =>
      box.offsetHeight > 0 && box.scrollWidth > box.clientWidth + 1).length""")

    assert 0 < before
    assert 0 == on_paper
    assert before == afterwards
    assert 0 == cut
    assert [] == tab.complaints()
