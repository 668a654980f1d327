"""The sample browser of report.html: everything about an answer is found, and found quickly."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from tests.browser import READY, Tab
from tests.sample_browser import SampleBrowser
from tests.unit.report.sample_results import sample_results
from vlmhb.domain.answer import Answer
from vlmhb.domain.results import Results
from vlmhb.domain.run import LoadedTask
from vlmhb.report import write_report
from vlmhb.system.folder_server import FolderServer

ALL = "220 samples"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return sample_results(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def report(results: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("derived")
    write_report(with_three_pages(results), folder)
    return folder / "report.html"


@pytest.fixture(scope="module")
def mailed(results: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """report.html with its pictures inside, and nothing beside it."""
    folder = tmp_path_factory.mktemp("derived")
    write_report(with_three_pages(results), folder, embed_images=True)
    return (folder / "report.html").rename(tmp_path_factory.mktemp("mailed") / "report.html")


@pytest.fixture
def browser(tab: Tab) -> SampleBrowser:
    return SampleBrowser(tab)


def with_three_pages(results: Results) -> Results:
    """chatty-vl-7b saw three pages at each question, and groups are by a key of the dataset."""
    model = "chatty-vl-7b"
    page = results.tasks[0].samples
    pages = (page[0].pages[0], page[2].pages[0], page[4].pages[0])
    sent = tuple(replace(request, pages=pages) for request in results.plan.requests[model])
    plan = replace(results.plan, requests={**results.plan.requests, model: sent})
    text, fields = results.tasks
    samples = tuple(
        replace(sample, metadata={"category": ["all", "scan" if "scan" in sample.id else "page"]})
        for sample in text.samples
    )
    grouped = LoadedTask(
        replace(text.task, group_by=(("category",),)), samples, text.dataset_sha256
    )
    return replace(results, plan=plan, tasks=(grouped, fields))


def test_filters_leave_what_has_everything_chosen(browser: SampleBrowser, tab: Tab, report: Path):
    browser.open(report)
    everything = browser.found
    browser.choose("by-model", "rapidocr-3.10")
    browser.choose("by-language", "ko")
    korean = {row.split("rapidocr")[0].split("/")[0][:3] for row in browser.rows}
    browser.choose("by-status", "failed, any reason")
    failed = browser.found
    browser.clear()
    browser.choose("by-status", "oom")
    oom = browser.rows[0]
    browser.clear()
    browser.choose("by-group.category", "scan")
    scans = browser.rows
    browser.choose("by-class", "Right")
    right = browser.n_found
    browser.clear()

    assert (ALL, {"ko0", "ko1", "ko2"}, "3 of 220 samples") == (everything, korean, failed)
    assert "oom" in oom
    assert all("_scan" in row for row in scans)
    assert 0 < right < len(scans)
    assert ALL == browser.found
    assert tab.run("document.getElementById('by-mark').parentNode.hidden")
    assert [] == tab.complaints()


def test_samples_on_which_models_disagree_are_found(browser: SampleBrowser, report: Path):
    browser.open(report)
    browser.choose("by-model", "reader-vl-3b")
    browser.choose("by-task", "page-text")
    texts = []
    for differ in ("in text", "in score"):
        browser.choose("by-differ", differ)
        browser.choose("order", "As asked")
        texts.append((browser.n_found, browser.texts(".others button")[2:5]))

    # reader-vl-3b has not answered en1, and tiny-random-llava is alone in what it writes.
    assert [12, 12] == [count for count, _ in texts]


def test_orders_are_kept(browser: SampleBrowser, report: Path):
    browser.open(report)
    worst = browser.rows
    browser.run("document.getElementById('list').scrollTop = 1e9")
    browser.run("document.getElementById('list').dispatchEvent(new Event('scroll'))")
    last = browser.rows[-1]
    browser.choose("by-task", "page-text")
    browser.choose("by-model", "rapidocr-3.10")
    browser.choose("order", "Best first")
    best = [float(mark) for mark in browser.texts(".entry .mark")[:12]]
    browser.choose("metric", "wer")
    words = [float(mark) for mark in browser.texts(".entry .mark")[:12]]
    browser.choose("order", "As asked")
    asked = browser.texts(".entry .title")[:3]

    assert "worker died" in worst[0]
    assert "tiny-random-llava" in last
    assert best == sorted(best)
    assert words == sorted(words)
    assert best != words
    assert ["ru0", "ru0_scan", "ru1"] == asked


def test_a_search_finds_answers_targets_and_errors(browser: SampleBrowser, report: Path):
    browser.open(report)
    found = {}
    for needle in ("한빛전자", "SESSION CLOSED", "the answer is: ", "nowhere to be found"):
        browser.search(needle)
        found[needle] = browser.n_found

    assert 3 == found["SESSION CLOSED"]
    assert 28 == found["the answer is: "]
    assert 0 == found["nowhere to be found"]
    assert 0 < found["한빛전자"] < 220
    assert ["No sample passes these filters."] == browser.texts("#detail")


def test_keys_walk_through_samples_and_models(browser: SampleBrowser, tab: Tab, report: Path):
    browser.open(report)
    browser.choose("by-model", "tesseract-psm4")
    browser.choose("order", "As asked")
    browser.choose("by-task", "page-text")
    browser.run("document.querySelector('.entry').click()")
    seen = []
    for key in ("j", "ArrowDown", "k", "ArrowUp", "ArrowRight", "ArrowRight", "ArrowLeft", "End"):
        browser.press(key)
        seen.append((browser.title, browser.model))

    assert [
        ("ru0_scan", "tesseract-psm4"),
        ("ru1", "tesseract-psm4"),
        ("ru0_scan", "tesseract-psm4"),
        ("ru0", "tesseract-psm4"),
        ("ru0", "rapidocr-3.10"),
        ("ru0", "reader-vl-3b"),
        ("ru0", "rapidocr-3.10"),
    ] == seen[:7]
    browser.press("/")
    assert "search" == tab.run("document.activeElement.id")
    browser.press("j")
    assert "j" == tab.run("document.getElementById('search').value")


def test_the_keys_are_told(browser: SampleBrowser, tab: Tab, report: Path):
    browser.open(report)
    states = []
    for key in ("?", "Escape"):
        browser.press(key)
        states.append(tab.run("document.getElementById('keys').open"))

    assert [True, False] == states


def test_a_figure_opens_its_samples(browser: SampleBrowser, tab: Tab, report: Path):
    browser.open(report)
    browser.choose("by-status", "empty" if "empty" in browser.options("by-status") else "ok")

    shown = """[...document.querySelectorAll("#quality [data-show*=chatty-vl-7b]")].find((node) => {
      const { doc_class, question_type } = JSON.parse(node.closest("tr").dataset.where ?? "{}");
      return doc_class === "invoice" && question_type === "number";
    })"""
    browser.run(f"{shown}.click()")

    assert "8 of 220 samples" == browser.found
    assert ["chatty-vl-7b", "fields", "invoice", "number", "all"] == browser.chosen(
        "by-model", "by-task", "by-doc_class", "by-question_type", "by-status"
    )


def test_an_address_names_what_is_chosen(browser: SampleBrowser, tab: Tab, report: Path):
    browser.open(report)
    browser.choose("by-model", "chatty-vl-7b")
    browser.choose("by-status", "answered")
    browser.choose("metric", "exact_match")
    browser.choose("order", "Best first")
    browser.search("answer is")
    browser.press("j")
    # The address follows a held key at leisure.
    browser.run("new Promise((done) => setTimeout(done, 600))")
    fragment = tab.run("location.hash")
    seen = (browser.found, browser.title)

    browser.open(report, fragment)

    assert seen == (browser.found, browser.title)
    assert ["chatty-vl-7b", "answered", "exact_match", "Best first"] == browser.chosen(
        "by-model", "by-status", "metric", "order"
    )
    assert [] == tab.complaints()


def test_an_address_from_elsewhere_does_no_harm(browser: SampleBrowser, tab: Tab, report: Path):
    browser.open(report, "#sample/%E0%A4%A/x/y?model=nobody&order=constructor&metric=x&status=ok")

    assert ["all", "ok", "first of the task", "Worst first"] == browser.chosen(
        "by-model", "by-status", "metric", "order"
    )
    assert [] == tab.complaints()


def test_an_answer_can_be_copied_from_a_page_on_disk(
    browser: SampleBrowser, tab: Tab, report: Path
):
    browser.open(report, "#sample/chatty-vl-7b/fields/ru1%2Ftotal")
    script = """new Promise((done) => {
      const button = document.querySelector("button.copy");
      new MutationObserver(() => done(button.textContent)).observe(button, { childList: true });
      button.click();
    })"""

    asked = {"expression": script, "userGesture": True, "awaitPromise": True}
    said = tab.call("Runtime.evaluate", **asked)["result"]["value"]

    assert "Copied" == said
    assert [] == tab.complaints()


@pytest.mark.parametrize("name", ["tesseract-psm4", "reader-vl-3b"])
def test_the_difference_shows_both_texts(
    browser: SampleBrowser, tab: Tab, report: Path, results: Results, name: str
):
    """Of an answer that the page has as text, and of one that the difference alone tells."""
    sample = next(one for one in results.tasks[0].samples if one.id == "ru0_scan")
    evaluation = next(each for each in results.plan.evaluations if each.model == name)
    written = results.outcomes[dict(evaluation.requests)[sample.id]]
    assert isinstance(written, Answer)
    browser.open(report, f"#sample/{name}/page-text/ru0_scan")
    inline = browser.texts(".block > pre.text")[0]
    missing, added = browser.texts("pre .missing"), browser.texts("pre .added")
    browser.run("document.querySelectorAll('.switch button')[1].click()")

    target, answer = (text.replace("⏎", "") for text in browser.texts(".pair pre"))

    assert (sample.targets[0], written.text) == (target, answer)
    assert len(inline) == len(target) + sum(map(len, added))
    assert missing
    assert added
    assert [] == tab.complaints()


def test_pages_are_turned_and_enlarged(browser: SampleBrowser, tab: Tab, mailed: Path):
    """In the report that is one file: a picture from anywhere else would be a complaint."""
    browser.open(mailed, "#sample/chatty-vl-7b/fields/ru1%2Ftotal")
    told = "document.getElementById('zoom-title').textContent"
    height = "Math.round(document.getElementById('zoomed').getBoundingClientRect().height)"
    loaded = """new Promise((done) => {
      const image = document.getElementById("zoomed");
      image.decode().then(() => done(image.naturalWidth));
    })"""
    seen = []
    for key in ("z", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft"):
        browser.press(key)
        seen.append((tab.run(told).split(" · ")[-1], tab.run(loaded)))
    width = tab.run("document.documentElement.scrollWidth")
    small = tab.run(height)
    browser.press("+")
    large = tab.run(height)
    browser.press("0")
    again = tab.run(height)
    browser.press("Escape")

    assert [("page " + n + " of 3", 420) for n in ("1", "2", "3", "3", "2")] == seen
    assert small * 1.4 < large < small * 1.6
    assert small == again
    assert width <= 1400  # the pictures' letters themselves are not shown
    assert not tab.run("document.getElementById('zoom').open")
    assert [] == tab.complaints()


def test_pictures_inside_are_seen_by_way_of_view_too(tab: Tab, mailed: Path):
    with FolderServer(mailed.parent, 0, (mailed.name,)) as server:
        tab.events.clear()
        tab.call("Page.navigate", url=server.url)
        tab.wait_for("Page.loadEventFired")
        assert "yes" == tab.run(READY)

        picture = tab.run("""(async () => {
          const image = document.querySelector(".pages img");
          await image.decode();
          return [image.src.split(":")[0], image.naturalWidth];
        })()""")

    assert ["blob", 420] == picture


def test_pictures_lie_beside_the_page(browser: SampleBrowser, tab: Tab, report: Path):
    browser.open(report, "#sample/chatty-vl-7b/fields/ru1%2Ftotal")
    width = "document.querySelector('.pages img').decode().then(() => %s.naturalWidth)"
    sources = tab.run("[...document.querySelectorAll('.pages img')].map((image) => image.src)")

    assert 420 == tab.run(width % "document.querySelector('.pages img')")
    assert 3 == len(set(sources))
    assert all(source.startswith(report.parent.as_uri() + "/report_files/") for source in sources)


def test_only_the_rows_in_view_exist(
    browser: SampleBrowser, tab: Tab, results: Results, tmp_path: Path
):
    write_report(many(results, 3000), tmp_path)

    browser.open(tmp_path / "report.html")
    blocks = tab.run("document.querySelectorAll('script.texts').length")
    # The last sample takes longer to unpack than the first, which is at hand.
    last_wish = browser.run("""(async () => {
      const list = document.getElementById("list");
      for (const top of [list.scrollHeight, 0]) {
        list.scrollTop = top;
        list.dispatchEvent(new Event("scroll"));
        [...document.querySelectorAll(".entry")].at(top ? -1 : 0).click();
      }
      for (let frame = 0; frame < 30; frame += 1) await new Promise(requestAnimationFrame);
      return document.querySelector(".detail-head h3").textContent;
    })()""")
    found = []
    for name in ("sample 2999", "sample 2500"):  # the last, and the first of the last block
        browser.search(name)
        found.append((browser.found, browser.title))

    assert (6, "sample 0") == (blocks, last_wish)
    assert [("1 of 3000 samples", "sample 2999"), ("1 of 3000 samples", "sample 2500")] == found
    browser.clear()
    assert 0 < tab.run("document.querySelectorAll('.entry').length") < 60


def many(results: Results, count: int) -> Results:
    """One evaluation of `count` samples that share an answer."""
    loaded = results.tasks[0]
    evaluation = results.plan.evaluations[0]
    samples = tuple(replace(loaded.samples[0], id=f"sample {n}") for n in range(count))
    asked = tuple(zip((s.id for s in samples), itertools.repeat(evaluation.requests[0][1])))
    return replace(
        results,
        tasks=(LoadedTask(loaded.task, samples, loaded.dataset_sha256),),
        plan=replace(results.plan, evaluations=(replace(evaluation, requests=asked),)),
        scores=(),
        summaries=(),
    )
