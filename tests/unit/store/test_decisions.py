"""decisions.json keeps everything that was decided, and is believed only as a whole."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.build import model
from tests.unit.store.runs import MANIFEST, TASKS
from vlmhb.domain.decision import Decided, Decision, last_decisions
from vlmhb.errors import RunLockedError, UsageError
from vlmhb.store import JournalWriter, OpenRun, RunDir, RunLock, read_run
from vlmhb.store.decisions import decide, read_decisions

FIRST = Decision("m", Decided.NEEDS_MORE_DATA, "Только 3 документа", "2026-01-02T03:04:05Z")
OTHER = Decision("n", Decided.REJECTED, "slow |\n`x` \udc80", "2026-01-02T03:04:06Z")
LAST = Decision("m", Decided.CHOSEN, "", "2026-01-02T03:04:07Z")


def two_models(folder: Path, other: str = "n") -> RunDir:
    """A run that was started, or gone on with."""
    manifest = replace(MANIFEST, models=(model("m"), model(other)))
    with OpenRun(folder / "run", manifest, TASKS) as opened, JournalWriter(opened.run_dir.journal):
        return opened.run_dir


def test_what_was_decided_before_stays_and_the_last_counts(tmp_path: Path):
    run_dir = two_models(tmp_path)

    for decision in (FIRST, OTHER, LAST):
        decide(run_dir, decision)

    found = read_decisions(run_dir.decisions)
    assert (FIRST, LAST) == tuple(one for one in found if one.model == "m")
    assert {"m": LAST, "n": OTHER} == last_decisions(found)


def test_nothing_is_decided_where_there_is_no_file(tmp_path: Path):
    assert () == read_decisions(tmp_path / "decisions.json")


def test_a_model_that_the_run_has_not_is_refused_with_the_one_that_was_meant(tmp_path: Path):
    run_dir = two_models(tmp_path, "qwen-vl-7b")

    with pytest.raises(UsageError, match="did you mean 'qwen-vl-7b'") as told:
        decide(run_dir, replace(FIRST, model="qwen-vl-7"))

    assert "one of m, qwen-vl-7b" == told.value.expected
    assert not run_dir.decisions.exists()


def test_a_run_that_another_process_writes_is_left_alone(tmp_path: Path):
    run_dir = two_models(tmp_path)

    with RunLock(run_dir.lock), pytest.raises(RunLockedError):
        decide(run_dir, FIRST)

    assert not run_dir.decisions.exists()


def test_a_run_that_goes_on_keeps_what_was_decided(tmp_path: Path):
    run_dir = two_models(tmp_path)
    decide(run_dir, FIRST)

    two_models(tmp_path)

    assert (FIRST,) == read_run(run_dir).decisions


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('{"schema_version": 2, "decisions": []}', "schema_version: "),
        ('{"schema_version": 1, "decisions": [{"model": "m", "state": "good"}]}', "state"),
        ("{", "Expecting property name"),
        ("[]", "should be"),
    ],
)
def test_a_file_that_nobody_can_read_is_neither_passed_over_nor_replaced(
    tmp_path: Path, content: str, problem: str
):
    run_dir = two_models(tmp_path)
    run_dir.decisions.write_text(content)

    with pytest.raises(UsageError, match=problem):
        decide(run_dir, LAST)

    assert content == run_dir.decisions.read_text()
