"""A model that fails too often is not asked on, and everything says so."""

import html
import json
from typing import Any

import pytest

from tests.workspace import Workspace

pytestmark = pytest.mark.uv
FEW = {"faults": {"page1.png": "raise", "page3.png": "raise"}}


def results(space: Workspace) -> Any:
    return json.loads((space.path / "out/derived/results.json").read_bytes())


def test_a_model_that_fails_too_often_is_stopped_with_what_it_has(workspace: Workspace):
    workspace.write_model("model", FEW)
    workspace.write_model("other", {})

    names = ("--models", "model,other")
    end = workspace.vlmhb("run", "run", "--out", "out", *names, "--max-errors", "1")

    found = results(workspace)
    (lost,) = found["unavailable"]
    markdown = (workspace.path / "out/derived/results.md").read_text("utf-8")
    page = (workspace.path / "out/derived/report.html").read_text("utf-8")
    told = "too many of its requests failed: 2 of 6, more than 1"
    assert 3 == end.code, end.err
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
    workspace.vlmhb("run", "run", "--out", "out", "--max-errors", "1")

    again = workspace.vlmhb("run", "run", "--out", "out", "--set", "max_errors=1")
    more = workspace.vlmhb("run", "run", "--out", "out", "--max-errors", "100%")

    found = results(workspace)
    assert "too many of its requests failed: 2 of 6" in again.err
    assert 3 == more.code, more.err
    assert [] == found["unavailable"]
    assert found["complete"]
    assert {"answered": 4, "failed": 2} == {
        name: found["counts"][name] for name in ("answered", "failed")
    }


def test_a_small_run_ends_whatever_share_of_it_fails(workspace: Workspace):
    workspace.write_model("model", {"faults": {"page": "raise"}})

    end = workspace.vlmhb("run", "run", "--out", "out")

    assert 3 == end.code
    assert 6 == results(workspace)["counts"]["failed"]


def test_a_model_that_never_answers_is_not_asked_on_for_long(workspace: Workspace):
    many = Workspace.create(workspace.path / "many", workspace.envs, samples=400)
    many.write_model("model", {"faults": {"page": "raise"}})

    end = many.vlmhb("run", "run", "--out", "out")

    failed = results(many)["counts"]["failed"]
    assert 3 == end.code
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

    end = half.vlmhb("run", "run", "--out", "out", "--max-errors", "52%")

    assert "too many of its requests failed: 11 of 20, more than 52%" in end.err


def test_a_limit_that_the_last_request_passes_stops_nothing(workspace: Workspace):
    workspace.write_model("model", {"faults": {"page5.png": "raise"}})

    end = workspace.vlmhb("run", "run", "--out", "out", "--max-errors", "0")

    found = results(workspace)
    assert 3 == end.code
    assert [] == found["unavailable"]
    assert found["complete"]
