"""A finished run, scored again: with other metrics, and with the verdicts of a judge."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chat_server import ChatServer, Handler, answer, chat_server, prompt_of, status
from tests.workspace import Finished, Workspace, derived_files

pytestmark = pytest.mark.uv


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with chat_server() as running:
        running.usual = verdict
        yield running


@pytest.fixture
def folder(workspace: Workspace, server: ChatServer) -> Path:
    """A run of six samples that knows a judge."""
    ran = workspace.vlmhb("run", "run", "--ui", "none", "--json")
    write_judge(workspace, server)
    return Path(ran.json["folder"])


def write_judge(workspace: Workspace, server: ChatServer, **params: object) -> None:
    params = {"base_url": server.base_url, "attempts": 1, **params}
    content = {"backend": "openai_api", "env": "openai-client", "answers": "reply"}
    workspace.write_yaml("configs/models/our-judge.yaml", {**content, "params": params})


def verdict(handler: Handler) -> None:
    """CORRECT for answers to the samples 0, 1 and 2, of which the toy knows nothing."""
    is_right = asked_about(handler.body) in {"0", "1", "2"}
    answer("CORRECT" if is_right else "incorrect.")(handler)


def asked_about(body: Any) -> str:
    """The target in the question."""
    (target,) = json.loads(prompt_of(body))["accepted answers"]
    return str(target)


def judge(workspace: Workspace, folder: Path, *words: str) -> Finished:
    return workspace.vlmhb("score", str(folder), "--ui", "none", *words)


def results(folder: Path, metric: str) -> dict[str, tuple[str, str]]:
    """Sample -> (value, reason it has none)."""
    with (folder / "derived/scores.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["metric"] == metric]
    return {row["sample_id"]: (row["value"], row["reason"]) for row in rows}


def test_verdicts_count_and_are_asked_for_once(
    workspace: Workspace, folder: Path, server: ChatServer
):
    first = judge(workspace, folder, "--metrics", "judge,cer", "--judge", "our-judge")
    scored = derived_files(folder)
    again = judge(workspace, folder, "--judge", "our-judge")

    assert (0, 0) == (first.code, again.code), first.err + again.err
    assert {
        **dict.fromkeys("012", ("1", "")),
        **dict.fromkeys("345", ("0", "")),
    } == results(folder, "judge")
    assert [1] * 6 == [len(bodies) for bodies in server.asked.values()]
    assert "6 questions, 6 known, 0 asked" in again.err
    assert "our-judge" == json.loads(scored["results.json"])["provenance"]["judge"]["model"]
    assert scored == derived_files(folder)


def test_a_run_stays_scored_as_it_was_scored_last_until_the_tasks_metrics_are_asked_for(
    workspace: Workspace, folder: Path
):
    before = derived_files(folder)
    judge(workspace, folder, "--metrics", "wer")
    chosen = results(folder, "wer")
    judge(workspace, folder)
    kept = results(folder, "wer")
    judge(workspace, folder, "--metrics", "tasks")

    assert 6 == len(chosen)
    assert chosen == kept
    assert before["scores.csv"] == derived_files(folder)["scores.csv"]


def test_a_sample_without_a_verdict_is_unscored_and_asked_about_again(
    workspace: Workspace, folder: Path, server: ChatServer
):
    def broken(handler: Handler) -> None:
        (status(500) if asked_about(handler.body) == "3" else verdict)(handler)

    server.usual = broken
    first = judge(workspace, folder, "--metrics", "judge", "--judge", "our-judge")
    unscored = results(folder, "judge")["3"]
    server.usual = verdict
    second = judge(workspace, folder, "--judge", "our-judge")

    assert 3 == first.code
    assert "1 without a verdict" in first.err
    assert ("", "no verdict of a judge") == unscored
    assert 0 == second.code
    assert "6 questions, 5 known, 1 asked" in second.err
    assert ("0", "") == results(folder, "judge")["3"]


def test_a_verdict_that_a_crash_cut_off_is_asked_for_again(
    workspace: Workspace, folder: Path, server: ChatServer
):
    judge(workspace, folder, "--metrics", "judge", "--judge", "our-judge")
    verdicts = folder / "verdicts.jsonl"
    verdicts.write_bytes(verdicts.read_bytes()[:-20])
    again = judge(workspace, folder, "--judge", "our-judge")
    after = judge(workspace, folder)

    assert (0, 0) == (again.code, after.code), again.err + after.err
    assert "6 questions, 5 known, 1 asked" in again.err
    assert 6 == len([value for value, _ in results(folder, "judge").values() if value])


def test_a_verdict_that_cannot_be_read_scores_nothing(
    workspace: Workspace, folder: Path, server: ChatServer
):
    server.usual = answer("Well, CORRECT I would say")
    judge(workspace, folder, "--metrics", "judge", "--judge", "our-judge")

    value, reason = results(folder, "judge")["0"]
    assert "" == value
    assert reason.startswith("the judge's verdict cannot be read")


def test_another_judge_is_asked_anew(workspace: Workspace, folder: Path, server: ChatServer):
    judge(workspace, folder, "--metrics", "judge", "--judge", "our-judge")
    write_judge(workspace, server, extra={"top_k": 1})
    judge(workspace, folder, "--judge", "our-judge")

    assert [2] * 6 == [len(bodies) for bodies in server.asked.values()]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--metrics", "field_fund"), 'unknown metric "field_fund"'),
        (("--judge", "nobody"), "nobody"),
        (("--judge", "our-judge"), "none of the run's metrics has a question for one"),
        (("--judge", "tesseract-psm4"), "it reads pages and replies to no prompt"),
        (("--metrics", "cer,judge"), "--metrics cer,judge --judge MODEL"),
    ],
)
def test_what_cannot_be_scored_is_said_and_changes_nothing(
    workspace: Workspace, folder: Path, words: tuple[str, ...], complaint: str
):
    before = derived_files(folder)

    refused = judge(workspace, folder, *words)

    assert 2 == refused.code
    assert complaint in refused.err
    assert before == derived_files(folder)
    assert not (folder / "scoring.json").exists()


def test_a_run_whose_task_needs_a_judge_keeps_its_answers_and_says_what_asks_one(
    workspace: Workspace, server: ChatServer
):
    file = workspace.path / "configs/tasks/numbers.yaml"
    task = yaml.safe_load(file.read_text(encoding="utf-8"))
    workspace.write_yaml("configs/tasks/numbers.yaml", task | {"metrics": {"reply": ["judge"]}})
    write_judge(workspace, server)

    ran = workspace.vlmhb("run", "run", "--ui", "none", "--out", "out")
    again = workspace.vlmhb("score", "out", "--metrics", "tasks")
    folder = workspace.path / "out"
    waiting = results(folder, "judge")
    judged = judge(workspace, folder, "--judge", "our-judge")

    assert (0, 0, 0) == (ran.code, again.code, judged.code), ran.err + again.err + judged.err
    for end in (ran, again):
        assert "note: answers without the verdict of a judge: judge on numbers 6." in end.err
        assert "--judge MODEL" in end.err
    assert {("", "no verdict of a judge")} == set(waiting.values())
    assert "without the verdict" not in judged.err
    assert {"0", "1"} == {value for value, _ in results(folder, "judge").values()}


def test_verdicts_that_are_known_need_no_judge_named_again(workspace: Workspace, folder: Path):
    judge(workspace, folder, "--metrics", "judge", "--judge", "our-judge")
    judge(workspace, folder, "--metrics", "wer")

    again = judge(workspace, folder, "--metrics", "judge")

    assert 0 == again.code, again.err
    assert {"0", "1"} == {value for value, _ in results(folder, "judge").values()}
