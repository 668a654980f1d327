"""A model that fails too often is not asked on, and everything says so."""

import html
import json
from typing import Any

import pytest

from tests.workspace import Finished, Workspace

pytestmark = pytest.mark.uv
FEW = {"faults": {"page1.png": "raise", "page3.png": "raise"}}


def results(space: Workspace) -> Any:
    return json.loads((space.path / "out/derived/results.json").read_bytes())


def run(space: Workspace, *words: str) -> Finished:
    """A run that ends with failures, and with nothing that has to do with the machine.

    A worker that the kernel killed for memory is asked again in another order.
    """
    end = space.vlmhb("run", "run", "--out", "out", *words)
    attempts = space.path / "out/attempts.jsonl"
    trouble = attempts.read_text() if attempts.exists() else ""
    assert (3, "") == (end.code, trouble), f"{end.out}\n{end.err}"
    return end


def test_a_model_that_fails_too_often_is_stopped_with_what_it_has(workspace: Workspace):
    workspace.write_model("model", FEW)
    workspace.write_model("other", {})

    names = ("--models", "model,other")
    end = run(workspace, *names, "--max-errors", "1")

    found = results(workspace)
    (lost,) = found["unavailable"]
    markdown = (workspace.path / "out/derived/results.md").read_text("utf-8")
    page = (workspace.path / "out/derived/report.html").read_text("utf-8")
    told = "too many of its requests failed: 2 of 6, more than 1"
    assert ("model", 6) == (lost["model"], lost["asked"])
    assert 4 <= lost["answered"] < 6
    assert not found["complete"]
    for text in (lost["reason"], markdown, page, end.out, end.err):
        assert told in html.unescape(text)
    for text in (markdown, page, end.out):
        assert "incomplete" in text.lower()
    (row,) = (row for row in found["leaderboard"][0]["rows"] if row["model"] == "model")
    assert None is row["rank"]
    figure = row["figures"][0]
    assert None is not figure["value"]
    assert None is not figure["value_failed_as_wrong"]
    assert figure["value"] != figure["value_failed_as_wrong"]


def test_it_goes_on_when_more_failures_are_allowed(workspace: Workspace):
    workspace.write_model("model", FEW)
    run(workspace, "--max-errors", "1")

    again = run(workspace, "--set", "max_errors=1")
    run(workspace, "--max-errors", "100%")

    found = results(workspace)
    assert "too many of its requests failed: 2 of 6" in again.err
    assert [] == found["unavailable"]
    assert found["complete"]
    assert {"answered": 4, "failed": 2} == {
        name: found["counts"][name] for name in ("answered", "failed")
    }


def test_a_small_run_ends_whatever_share_of_it_fails(workspace: Workspace):
    workspace.write_model("model", {"faults": {"page": "raise"}})

    run(workspace)

    assert 6 == results(workspace)["counts"]["failed"]


def test_a_model_that_never_answers_is_not_asked_on_for_long(workspace: Workspace):
    many = Workspace.create(workspace.path / "many", workspace.envs, samples=400)
    many.write_model("model", {"faults": {"page": "raise"}})

    end = run(many)

    failed = results(many)["counts"]["failed"]
    assert 10 < failed <= 20
    assert "too many of its requests failed: 11 of 400, and none was answered" in end.out


@pytest.mark.parametrize("wrong", ["-1", "5 percent", "0.05", "101%"])
def test_a_limit_that_is_none_is_refused_with_what_is_expected(workspace: Workspace, wrong: str):
    typed = workspace.vlmhb("run", "run", f"--max-errors={wrong}")
    written = workspace.vlmhb("run", "run", "--set", f"max_errors={wrong}")

    expected = "expected a whole number like 20, or a share like 5%"
    for end in (typed, written):
        assert 2 == end.code
        assert expected in end.err


def test_pages_that_are_no_picture_are_no_part_of_the_share(workspace: Workspace):
    half = Workspace.create(workspace.path / "half", workspace.envs, samples=40)
    for number in range(40):
        if number % 2:
            (half.path / f"data/images/page{number}.png").write_text(f"no image {number}")
    half.write_model("model", {"faults": {"page1": "raise", "page2": "raise", "page3": "raise"}})

    end = run(half, "--max-errors", "52%")

    assert "too many of its requests failed: 11 of 20, more than 52%" in end.err


def test_pages_that_a_worker_cannot_make_out_are_no_part_of_it_either(workspace: Workspace):
    workspace.write_model("model", {"faults": {"page0.png": "page", "page1.png": "raise"}})

    first = run(workspace, "--max-errors", "0")
    run(workspace, "--max-errors", "1")

    found = results(workspace)
    assert "too many of its requests failed: 1 of 5, more than 0" in first.err
    assert found["complete"]
    assert {"answered": 4, "failed": 2} == {
        name: found["counts"][name] for name in ("answered", "failed")
    }


def test_a_limit_that_the_last_request_passes_stops_nothing(workspace: Workspace):
    workspace.write_model("model", {"faults": {"page5.png": "raise"}})

    run(workspace, "--max-errors", "0")

    found = results(workspace)
    assert [] == found["unavailable"]
    assert found["complete"]
