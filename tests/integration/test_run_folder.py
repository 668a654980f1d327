"""A run folder with something missing, and a run without the terminal it was started from."""

import shlex
import subprocess

import pytest

from tests.workspace import MAIN, Workspace

pytestmark = pytest.mark.uv


@pytest.mark.parametrize("command", ["score", "report"])
def test_a_run_folder_without_its_journal_gets_no_empty_report(workspace: Workspace, command: str):
    workspace.vlmhb("run", "run", "--out", "out", "--limit", "1")
    (workspace.path / "out/answers.jsonl").unlink()
    report = workspace.path / "out/derived/results.json"
    before = report.read_bytes()

    end = workspace.vlmhb(command, "out")

    assert 2 == end.code
    assert "it has no answers.jsonl" in end.err
    assert before == report.read_bytes()


@pytest.mark.parametrize("command", ["run run --out out", "score out", "report out"])
def test_a_folder_in_place_of_the_journal_is_explained(workspace: Workspace, command: str):
    workspace.vlmhb("run", "run", "--out", "out", "--limit", "1")
    (workspace.path / "out/answers.jsonl").unlink()
    (workspace.path / "out/answers.jsonl").mkdir()

    end = workspace.vlmhb(*command.split(), *(["--limit", "1"] if "--out" in command else []))

    assert 2 == end.code
    assert "Is a directory" in end.err
    assert "Traceback" not in end.err


def test_a_run_in_which_no_model_could_answer_has_a_report(workspace: Workspace):
    need = {"path": "/nonexistent/file", "install": "apt-get install -y something"}
    workspace.write_model("model", {}, files=[need])
    run = workspace.vlmhb("run", "run", "--out", "out")

    end = workspace.vlmhb("report", "out")

    assert 4 == run.code
    assert 0 == end.code, end.err


def test_a_run_without_its_manifest_is_not_continued(workspace: Workspace):
    workspace.vlmhb("run", "run", "--out", "out", "--limit", "1")
    (workspace.path / "out/run.json").unlink()

    end = workspace.vlmhb("run", "run", "--out", "out", "--limit", "1")

    assert 2 == end.code
    assert "run.json is gone" in end.err


@pytest.mark.parametrize("ui", ["plain", "rich", "auto"])
@pytest.mark.parametrize(
    "streams", [">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full", "2>/dev/full", ">/dev/full 2>&1"]
)
def test_a_run_ends_as_it_went_whatever_became_of_its_terminal(
    workspace: Workspace, streams: str, ui: str
):
    workspace.write_model("model", {"faults": {"page1": "raise"}})
    words = shlex.join([*MAIN, "run", "run", "--out", "out", "--ui", ui])

    ended = subprocess.run(
        ["bash", "-c", f"{words} {streams}"],
        cwd=workspace.path,
        env=workspace.environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert 3 == ended.returncode, ended.stderr
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr
    assert (workspace.path / "out/derived/report.html").is_file()
