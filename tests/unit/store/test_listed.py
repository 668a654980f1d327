"""The runs in a folder: also those that nobody can read any more."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.store.runs import MANIFEST, TASKS, start_run
from vlmhb.domain.answer import Answer, ErrorInfo, FailedAnswer, FailureReason, Outcome
from vlmhb.domain.model import IMPORTED
from vlmhb.store import JournalWriter, MergedPart, OpenRun, RunDir, Segment
from vlmhb.store.listed import ListedRun, RunStatus, list_runs
from vlmhb.store.manifest import write_manifest
from vlmhb.system.host import host_name

ERROR = ErrorInfo("MemoryError", 'a message with ,"reason": in it')


def segment(started_at: str, finished_at: str | None = None, pid: int = 1) -> Segment:
    return Segment(
        started_at, host_name(), pid, "", 1, 1.0, (), "", "", "", "", 0, finished_at=finished_at
    )


def run_of(folder: Path, *outcomes: Outcome, segments: tuple[Segment, ...] = ()) -> RunDir:
    run_dir = start_run(folder)
    with JournalWriter(run_dir.journal) as journal:
        for outcome in outcomes:
            journal.append(outcome)
    write_manifest(run_dir.manifest, replace(MANIFEST, segments=segments))
    return run_dir


def only(runs: Path) -> ListedRun:
    (run,) = list_runs(runs)
    return run


def write_results(run_dir: RunDir, not_answered: int) -> None:
    run_dir.derived.mkdir()
    counts = {"counts": {"not_answered": not_answered}}
    (run_dir.derived / "results.json").write_text(json.dumps(counts))


def test_answers_and_failures_are_counted_whatever_they_say(tmp_path: Path):
    run_of(
        tmp_path / "r",
        Answer("a", 'text,"reason":"timeout"'),
        Answer("b", ""),
        FailedAnswer("c", FailureReason.TIMEOUT, ERROR),
    )

    run = only(tmp_path)

    assert (2, 1) == (run.answered, run.failed)
    assert (tuple(MANIFEST.datasets), (MANIFEST.models[0].name,)) == (run.tasks, run.models)


@given(text=st.text())
def test_no_text_makes_an_answer_a_failure(tmp_path_factory: pytest.TempPathFactory, text: str):
    runs = tmp_path_factory.mktemp("runs")
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    run_of(runs / "r", Answer("a", text + ',"reason":' + text))

    assert (1, 0) == (only(runs).answered, only(runs).failed)


def test_the_newest_start_comes_first_whatever_the_folder_is_called(tmp_path: Path):
    for name, hour in (("b", 1), ("a", 3), ("c", 2)):
        run_of(tmp_path / name, segments=(segment(f"2026-01-01T0{hour}:00:00Z"),))
    (tmp_path / "20260101T023000Z_x").mkdir()
    (tmp_path / "20260101T023000Z_x/run.json").write_text("{")

    assert ["a", "20260101T023000Z_x", "c", "b"] == [run.folder.name for run in list_runs(tmp_path)]


def test_a_run_with_all_its_answers_in_its_results_is_done(tmp_path: Path):
    ended = (segment("2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"),)
    write_results(run_of(tmp_path / "done", segments=ended), 0)
    write_results(run_of(tmp_path / "part", segments=ended), 5)
    run_of(tmp_path / "none", segments=ended)

    found = {run.folder.name: run.status for run in list_runs(tmp_path)}

    unfinished = RunStatus.UNFINISHED
    assert {"done": RunStatus.DONE, "part": unfinished, "none": unfinished} == found


def test_a_run_that_has_not_ended_runs_as_long_as_its_process_does(tmp_path: Path):
    now = "2999-01-01T00:00:00Z"
    run_of(tmp_path / "r", segments=(segment(now, pid=os.getpid()),))
    run_of(tmp_path / "dead", segments=(segment(now, pid=2**22 + 1),))
    elsewhere = replace(segment(now, pid=os.getpid()), host="another-machine")
    run_of(tmp_path / "far", segments=(elsewhere,))

    found = {run.folder.name: run.status for run in list_runs(tmp_path)}

    unfinished = RunStatus.UNFINISHED
    assert {"r": RunStatus.RUNNING, "dead": unfinished, "far": unfinished} == found


def test_another_process_with_the_number_of_an_old_one_is_not_the_run(tmp_path: Path):
    """After a restart of the pod the same numbers are given again."""
    run_of(tmp_path / "r", segments=(segment("2001-01-01T00:00:00Z", pid=os.getpid()),))

    assert RunStatus.UNFINISHED is only(tmp_path).status


def test_a_merged_run_is_done_whatever_became_of_its_parts(tmp_path: Path):
    stopped = (segment("2026-01-01T00:00:00Z"),)
    run_dir = run_of(tmp_path / "all", segments=stopped)
    part = MergedPart("part", "run", "0" * 8, "run.yaml", ("m",), ("fields",), 2, 2, 0, (0,))
    write_manifest(run_dir.manifest, replace(MANIFEST, segments=stopped, parts=(part,)))
    write_results(run_dir, 0)

    assert RunStatus.DONE is only(tmp_path).status


def test_a_run_that_is_being_merged_is_not_there_yet(tmp_path: Path):
    run_of(tmp_path / ".all.partial", segments=())

    assert () == list_runs(tmp_path)


def test_an_imported_run_says_so(tmp_path: Path):
    with OpenRun(tmp_path / "r", replace(MANIFEST, source=IMPORTED), TASKS) as opened:
        JournalWriter(opened.run_dir.journal).__enter__().__exit__(None, None, None)

    assert RunStatus.IMPORTED is only(tmp_path).status


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("run.json", b"", "run.json: "),
        ("run.json", b"\xff\xfe", "run.json: "),
        ("run.json", b'{"schema_version": 99}', "run.json: "),
        ("run.json", b"[" * 100_000, "run.json: "),
        ("answers.jsonl", b"nonsense\nmore\n", "answers.jsonl: line 1 is damaged"),
    ],
)
def test_a_damaged_run_is_listed_with_what_is_wrong(
    tmp_path: Path, name: str, content: bytes, problem: str
):
    run_of(tmp_path / "good", segments=(segment("2026-01-01T00:00:00Z"),))
    (run_of(tmp_path / "bad").path / name).write_bytes(content)

    runs = {run.folder.name: run for run in list_runs(tmp_path)}

    assert RunStatus.DAMAGED is runs["bad"].status
    assert runs["bad"].problem.startswith(problem)
    assert "" == runs["good"].problem


def test_files_that_are_gone_or_folders_are_told(tmp_path: Path):
    run_of(tmp_path / "no journal").journal.unlink()
    run_of(tmp_path / "no manifest").manifest.unlink()
    no_list = run_of(tmp_path / "folder").journal
    no_list.unlink()
    no_list.mkdir()

    assert {RunStatus.DAMAGED} == {run.status for run in list_runs(tmp_path)}
    assert 3 == len(list_runs(tmp_path))


@pytest.mark.parametrize(
    "results", ["", "[]", "{}", '{"counts": 3}', '{"counts": {"not_answered": null}}']
)
def test_results_that_cannot_be_read_leave_a_run_unfinished(tmp_path: Path, results: str):
    run_dir = run_of(tmp_path / "r", segments=(segment("2026-01-01T00:00:00Z", "x"),))
    run_dir.derived.mkdir()
    (run_dir.derived / "results.json").write_text(results)

    assert RunStatus.UNFINISHED is only(tmp_path).status


def test_a_torn_last_line_is_no_damage(tmp_path: Path):
    run_dir = run_of(tmp_path / "r", Answer("a", "x"))
    with run_dir.journal.open("ab") as file:
        file.write(b'0000 {"half')

    assert (1, "") == (only(tmp_path).answered, only(tmp_path).problem)


def test_what_is_no_run_is_not_listed(tmp_path: Path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to("nowhere")

    assert () == list_runs(tmp_path)
    assert () == list_runs(tmp_path / "missing")
    assert () == list_runs(tmp_path / "file")
