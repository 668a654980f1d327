"""Reading a run folder whose files do not belong together."""

import json
from pathlib import Path

import pytest

from tests.unit.store.runs import MANIFEST, TASKS, start_run
from vlmhb.errors import UsageError
from vlmhb.store import RunDir, read_run


@pytest.fixture
def run_dir(tmp_path: Path) -> RunDir:
    return start_run(tmp_path)


def change(path: Path, **fields: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **fields}))


def test_a_run_that_just_started_is_read_back(run_dir: RunDir):
    recorded = read_run(run_dir)

    assert (MANIFEST, TASKS, {}) == (recorded.manifest, recorded.tasks, recorded.outcomes)


def test_a_manifest_of_another_version_is_refused_and_the_version_named(run_dir: RunDir):
    change(run_dir.manifest, schema_version=2, models=0)

    with pytest.raises(UsageError, match="schema_version: Input should be 1, got 2"):
        read_run(run_dir)


def test_the_first_wrong_field_of_a_manifest_is_named(run_dir: RunDir):
    change(run_dir.manifest, seed="many", name=3)

    with pytest.raises(UsageError, match=r"run\.json: name: Input should be a valid string, got 3"):
        read_run(run_dir)


def test_the_first_wrong_field_of_the_inputs_is_named(run_dir: RunDir):
    tasks = json.loads(run_dir.inputs.read_bytes())
    tasks[0]["samples"][1]["id"] = 5
    run_dir.inputs.write_text(json.dumps(tasks))

    with pytest.raises(UsageError, match=r"0\.samples\.1\.id: Input should be a valid string"):
        read_run(run_dir)


@pytest.mark.parametrize("datasets", [{"fields": "e" * 64}, {"other": "d" * 64}, {}])
def test_inputs_of_another_run_are_refused(run_dir: RunDir, datasets: dict[str, str]):
    change(run_dir.manifest, datasets=datasets)

    with pytest.raises(UsageError, match=r"inputs\.json: it belongs to another run: fields"):
        read_run(run_dir)


def test_a_run_whose_journal_is_gone_is_not_a_run_without_answers(run_dir: RunDir):
    run_dir.journal.unlink()

    with pytest.raises(UsageError, match=r"it has no answers\.jsonl"):
        read_run(run_dir)


@pytest.mark.parametrize(
    "name",
    [
        "run.json",
        "inputs.json",
        "answers.jsonl",
        "scoring.json",
        "verdicts.jsonl",
        "decisions.json",
    ],
)
def test_what_may_have_no_end_is_not_read(run_dir: RunDir, name: str):
    """A pipe, or a device like this one, which ends at once so that a failing test does."""
    path = run_dir.path / name
    path.unlink(missing_ok=True)
    path.symlink_to("/dev/null")

    with pytest.raises(UsageError, match=f"{name}: it is no file"):
        read_run(run_dir)
