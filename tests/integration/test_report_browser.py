"""report.html in a real browser: it works, stays silent, and nothing in it runs but our script."""

import contextlib
import itertools
import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import websocket

from tests.unit.report.hostile import HOSTILE, hostile_results
from tests.unit.report.sample_results import sample_results
from vlmhb.domain.results import Results
from vlmhb.domain.run import LoadedTask
from vlmhb.report import write_report
from vlmhb.report.text import visible

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)
TEXTS = "[...document.querySelectorAll('.block > .text')]"
PAIR = "[...document.querySelectorAll('.pair pre')]"
READY = """new Promise((done) => {
  const check = () => document.documentElement.dataset.ready === "yes" && done(true);
  new MutationObserver(check).observe(document.documentElement, { attributes: true });
  check();
})"""

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium on PATH; it is the Debian package `chromium`"
)


class Tab:
    """One page of the browser, and everything it reported."""

    def __init__(self, address: str) -> None:
        self._socket = websocket.create_connection(address, suppress_origin=True, timeout=60)
        self._ids = itertools.count(1)
        self.events: list[dict[str, Any]] = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> Any:
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (message := json.loads(self._socket.recv())).get("id") != number:
            self.events.append(message)
        assert "error" not in message, message
        return message["result"]

    def wait_for(self, event: str) -> None:
        while not any(seen["method"] == event for seen in self.events):
            self.events.append(json.loads(self._socket.recv()))

    def run(self, script: str) -> Any:
        answer = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def open(self, report: Path, fragment: str = "") -> None:
        # By way of an empty page: another fragment of the same page would not load it again.
        for address in ("about:blank", report.as_uri() + fragment):
            self.events.clear()
            self.call("Page.navigate", url=address)
            self.wait_for("Page.loadEventFired")
        assert self.run(READY)

    def press(self, key: str) -> None:
        event = f"new KeyboardEvent('keydown', {{key: {json.dumps(key)}, bubbles: true}})"
        self.run(f"document.body.dispatchEvent({event})")

    def complaints(self) -> list[dict[str, Any]]:
        """Dialogs, errors, console lines, and requests for anything but files."""
        self.run("1")
        loud = (
            "Page.javascriptDialogOpening",
            "Runtime.exceptionThrown",
            "Runtime.consoleAPICalled",
            "Log.entryAdded",
        )
        return [
            event
            for event in self.events
            if event["method"] in loud
            or (
                event["method"] == "Network.requestWillBeSent"
                and not event["params"]["request"]["url"].startswith("file://")
            )
        ]

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    profile = tmp_path_factory.mktemp("profile")
    command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={profile}", "about:blank"]
    with open_log(profile) as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        made = Tab(page_address(profile, process))
        made.call(
            "Emulation.setDeviceMetricsOverride",
            width=1400,
            height=1000,
            deviceScaleFactor=1,
            mobile=False,
        )
        try:
            yield made
        finally:
            # The browser answers by closing the connection, sometimes before it answers.
            with contextlib.suppress(websocket.WebSocketException, OSError):
                made.call("Browser.close")
            made.close()
            process.wait(30)


def open_log(profile: Path) -> Any:
    return (profile / "stderr.log").open("wb")


def page_address(profile: Path, process: subprocess.Popen[bytes]) -> str:
    """Where the first page listens; the browser writes it to stderr when it is up."""
    log = profile / "stderr.log"
    while process.poll() is None:
        for line in log.read_text(errors="replace").splitlines():
            if line.startswith("DevTools listening on "):
                return first_page(line.split()[-1])
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
    return pytest.fail(f"chromium ended: {log.read_text(errors='replace')[-2000:]}")


def first_page(browser: str) -> str:
    socket = websocket.create_connection(browser, suppress_origin=True, timeout=60)
    socket.send(
        json.dumps({"id": 1, "method": "Target.createTarget", "params": {"url": "about:blank"}})
    )
    while (message := json.loads(socket.recv())).get("id") != 1:
        pass
    socket.close()
    host = browser.split("/devtools/", maxsplit=1)[0]
    return f"{host}/devtools/page/{message['result']['targetId']}"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return sample_results(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def report(results: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("derived")
    write_report(results, folder)
    return folder / "report.html"


def shown_title(tab: Tab) -> str:
    return str(tab.run("document.querySelector('.detail-head h3').textContent"))


def test_the_page_opens_from_disk_without_a_complaint(tab: Tab, report: Path):
    tab.open(report)

    assert [] == tab.complaints()
    assert tab.run("document.querySelectorAll('table.leaderboard').length") == 3


def test_the_picture_of_the_page_is_loaded(tab: Tab, report: Path):
    tab.open(report)

    width = tab.run("""new Promise((done) => {
      const image = document.querySelector(".pages img");
      image.complete ? done(image.naturalWidth) : image.onload = () => done(image.naturalWidth);
    })""")

    assert 420 == width


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


def test_hostile_text_stays_text(tab: Tab, tmp_path: Path):
    """Every text as answer, target, question, id, class, error and name, each of them shown."""
    write_report(hostile_results(tmp_path), tmp_path)
    tab.open(tmp_path / "report.html")
    tab.run("document.getElementById('order').value = 'plan'")
    tab.run("document.getElementById('filters').dispatchEvent(new Event('change'))")

    for text in (*HOSTILE, *HOSTILE):  # the first model answers, the second fails
        titled = tab.run("document.querySelector('.detail-head h3').textContent")
        prompts = tab.run(
            "[...document.querySelectorAll('.block > .text')].map((n) => n.textContent)"
        )
        assert visible(text[:300].encode("utf-8", "backslashreplace").decode()) in titled
        if text:
            assert visible(text.encode("utf-8", "backslashreplace").decode()) in prompts
        tab.press("j")

    assert [] == tab.complaints()
    assert 2 == tab.run("document.scripts.length")
    assert 0 == tab.run("document.querySelectorAll('iframe, form[action], link, base').length")


def test_keys_walk_through_the_samples(tab: Tab, report: Path):
    tab.open(report)
    first = shown_title(tab)

    tab.press("j")
    second = shown_title(tab)
    tab.press("k")

    assert first != second
    assert first == shown_title(tab)


def test_failures_come_first_and_random_weights_last(tab: Tab, report: Path):
    tab.open(report)

    order = tab.run("""(() => {
      const rows = document.querySelectorAll(".entry");
      const first = rows[0].textContent;
      const list = document.getElementById("list");
      list.scrollTop = list.scrollHeight;
      list.dispatchEvent(new Event("scroll"));
      return [first, [...document.querySelectorAll(".entry")].at(-1).textContent];
    })()""")

    assert "worker died" in order[0]
    assert "tiny-random-llava" in order[1]


def test_a_search_finds_text_of_answers(tab: Tab, report: Path):
    tab.open(report)

    found = tab.run("""new Promise((done) => {
      const found = document.getElementById("found");
      new MutationObserver(() => done(found.textContent)).observe(found, { childList: true });
      const search = document.getElementById("search");
      search.value = "한빛전자";
      search.dispatchEvent(new Event("input", { bubbles: true }));
    })""")

    assert found.split()[0] not in {"0", "137"}
    assert " of " in found


def test_a_figure_opens_its_samples(tab: Tab, report: Path):
    tab.open(report)

    tab.run("""document.querySelector(
      "td.shade[data-grouping=by_doc_question][data-model=chatty-vl-7b]").click()""")

    assert "oom" in tab.run("document.querySelector('.entry').textContent")
    assert "8 of" in tab.run("document.getElementById('found').textContent")
    assert ["chatty-vl-7b", "fields", "invoice", "number"] == tab.run(
        """["model", "task", "doc_class", "question_type"].map((name) =>
        document.getElementById("by-" + name).selectedOptions[0].textContent)"""
    )


def test_an_address_names_a_sample(tab: Tab, report: Path):
    tab.open(report)
    tab.press("j")
    fragment = tab.run("location.hash")
    title = shown_title(tab)
    tab.open(report, fragment)

    assert title == shown_title(tab)
    assert [] == tab.complaints()


def test_the_difference_shows_both_texts(tab: Tab, report: Path):
    tab.open(report, "#sample/tesseract-psm4/page-text/ru0_scan")
    inline = tab.run("document.querySelector('.block > pre.text').textContent.length")
    tab.run("document.querySelectorAll('.switch button')[1].click()")

    target, answer = tab.run(
        "[...document.querySelectorAll('.pair pre')].map((n) => n.textContent)"
    )

    assert target.startswith("Счёт № 2026-17")
    assert target != answer
    assert inline > len(target)
    assert [] == tab.complaints()


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
    tab.call(
        "Emulation.setDeviceMetricsOverride",
        width=500,
        height=900,
        deviceScaleFactor=1,
        mobile=False,
    )
    tab.open(report)
    width = tab.run("document.documentElement.scrollWidth")
    tab.call(
        "Emulation.setDeviceMetricsOverride",
        width=1400,
        height=1000,
        deviceScaleFactor=1,
        mobile=False,
    )

    assert width <= 500


def test_only_the_rows_in_view_exist(tab: Tab, results: Results, tmp_path: Path):
    write_report(many(results, 3000), tmp_path)

    tab.open(tmp_path / "report.html")

    assert "3000 samples" == tab.run("document.getElementById('found').textContent")
    assert 0 < tab.run("document.querySelectorAll('.entry').length") < 60


def many(results: Results, count: int) -> Results:
    """One evaluation of `count` samples that share an answer."""
    loaded = results.tasks[0]
    evaluation = results.plan.evaluations[0]
    samples = tuple(replace(loaded.samples[0], id=f"sample {n}") for n in range(count))
    asked = tuple((sample.id, evaluation.requests[0][1]) for sample in samples)
    return replace(
        results,
        tasks=(LoadedTask(loaded.task, samples, loaded.dataset_sha256),),
        plan=replace(results.plan, evaluations=(replace(evaluation, requests=asked),)),
        scores=(),
        summaries=(),
    )
