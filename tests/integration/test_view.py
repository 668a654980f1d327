"""`vlmhb view`: a run in a browser, and the end of it."""

import json
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import LOUD, READY, Tab
from tests.unit.report.sample_results import sample_results
from tests.unit.store.runs import start_run
from tests.workspace import Workspace
from vlmhb.report import write_report
from vlmhb.system.folder_server import SILENCE_S, FolderServer

PICTURE = """new Promise((done) => {
  const image = document.querySelector(".pages img");
  image.complete ? done(image.naturalWidth) : image.onload = () => done(image.naturalWidth);
})"""


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a report and its pictures."""
    folder = tmp_path_factory.mktemp("runs") / "a run"
    start_run(folder)
    write_report(sample_results(tmp_path_factory.mktemp("pages")), folder / "derived")
    return folder


@pytest.fixture
def viewing(workspace: Workspace, run_folder: Path) -> Iterator["subprocess.Popen[str]"]:
    with workspace.start("view", str(run_folder), "--port", "0") as process:
        yield process
        process.kill()


def lines_of(process: "subprocess.Popen[str]", count: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().rstrip("\n") for _ in range(count)]


def test_the_printed_address_leads_to_the_report(viewing: "subprocess.Popen[str]"):
    report, files, _, tunnel, then = lines_of(viewing, 5)

    url = report.removeprefix("report: ")
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - ours
        assert f"{url}run/derived/report.html" == answer.url
        assert b"<!doctype html>" in answer.read(200).lower()
    port = url.rstrip("/").rpartition(":")[2]
    assert f"files:  {url}run/" == files
    assert f"  ssh -N -L {port}:127.0.0.1:{port} USER@HOST" == tunnel
    assert url in then


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_ends_it_with_its_code_and_without_a_trace(
    viewing: "subprocess.Popen[str]", number: signal.Signals, code: int
):
    lines_of(viewing, 5)

    viewing.send_signal(number)

    _, err = viewing.communicate(timeout=60)
    assert (code, "") == (viewing.returncode, err)


def test_it_ends_while_someone_still_reads(viewing: "subprocess.Popen[str]"):
    """A connection that a browser keeps open must not keep the program."""
    url = lines_of(viewing, 5)[0].removeprefix("report: ")
    port = int(url.rstrip("/").rpartition(":")[2])

    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        line.sendall(b"GET /run/run.json HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert line.recv(15) == b"HTTP/1.1 200 OK"
        viewing.terminate()
        viewing.communicate(timeout=SILENCE_S / 2)

    assert 143 == viewing.returncode


def test_json_tells_where_to_look(workspace: Workspace, run_folder: Path):
    with workspace.start("view", str(run_folder), "--port", "0", "--json") as process:
        told = json.loads(lines_of(process, 1)[0])
        process.terminate()

    assert (1, "view", str(run_folder)) == (told["schema_version"], told["kind"], told["folder"])
    assert f"http://127.0.0.1:{told['port']}/" == told["url"]
    assert f"{told['url']}run/" == told["files_url"]


def test_without_a_report_it_says_how_to_make_one(workspace: Workspace):
    start_run(workspace.path / "runs/a run")

    with workspace.start("view", "runs/a run", "--port", "0") as process:
        report = lines_of(process, 5)[0]
        process.terminate()

    assert "report: none yet; make it with: vlmhb report 'runs/a run'" == report


def test_what_is_no_run_is_not_shown(workspace: Workspace):
    """Least of all the folder that someone happens to be in."""
    end = workspace.vlmhb("view", ".")

    assert 2 == end.code
    assert "no run.json in it" in end.err


def test_a_port_that_is_taken_is_told(workspace: Workspace, run_folder: Path):
    with FolderServer(run_folder, 0, ()) as other:
        end = workspace.vlmhb("view", str(run_folder), "--port", str(other.port))

    assert 2 == end.code
    assert "--port 0 takes any that is free" in end.err


def test_the_report_works_behind_the_server_without_a_complaint(run_folder: Path, tab: Tab):
    with FolderServer(run_folder, 0, ("derived", "report.html")) as server:
        tab.events.clear()
        tab.call("Page.navigate", url=server.url)
        tab.wait_for("Page.loadEventFired")

        assert tab.run(READY)
        assert tab.run(PICTURE) > 0
        asked = [
            event["params"]["request"]["url"]
            for event in tab.events
            if event["method"] == "Network.requestWillBeSent"
        ]
        assert [] == [url for url in asked if not url.startswith((server.url, "blob:"))]
        assert [] == [event for event in tab.events if event["method"] in LOUD]
