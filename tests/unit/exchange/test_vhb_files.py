"""Which files rows of user_config.csv leave when not everything was answered or written."""

from dataclasses import replace
from pathlib import Path

from tests.unit.exchange.runs import recorded
from tests.unit.exchange.test_vhb_rows import ANSWERS, TASK, samples_of, vhb_row
from vlmhb.errors import StorageError
from vlmhb.exchange.vhb_rows import deliver


def test_samples_without_an_answer_are_left_out_and_counted(tmp_path: Path):
    run_dir = recorded(tmp_path / "run", TASK, {"1": ANSWERS["1"]})

    done = deliver(run_dir, [vhb_row(tmp_path)], samples_of)

    assert ["m/docs: 1 samples without an answer are left out"] == done.notes
    assert ["answers", "metrics"] == [file.parent.name for file in done.files]
    assert "1;" in done.files[0].read_text(encoding="utf-8-sig")
    assert "\n0;" not in done.files[0].read_text(encoding="utf-8-sig")


def test_an_evaluation_without_any_answer_leaves_no_file(tmp_path: Path):
    done = deliver(recorded(tmp_path / "run", TASK, {}), [vhb_row(tmp_path)], samples_of)

    assert ["m/docs: 2 samples without an answer are left out"] == done.notes
    assert [] == done.files


def test_the_first_folder_that_cannot_be_written_is_told(tmp_path: Path):
    for name in ("first", "second"):
        (tmp_path / name).write_text("no folder")
    rows = [vhb_row(tmp_path, answers=str(tmp_path / name)) for name in ("first", "second")]

    done = deliver(recorded(tmp_path / "run", TASK, ANSWERS), rows, samples_of)

    assert isinstance(done.error, StorageError)
    assert str(tmp_path / "first") in str(done.error)


def test_given_answers_to_two_tasks_leave_metrics_of_two_names(tmp_path: Path):
    other = replace(TASK, task=replace(TASK.task, name="docs-2"))
    run_dir = recorded(tmp_path / "run", TASK, ANSWERS, tasks=(TASK, other))
    file = str(tmp_path / "theirs.csv")
    rows = [vhb_row(tmp_path, given=file), vhb_row(tmp_path, given=file, task="docs-2")]

    names = [found.name for found in deliver(run_dir, rows, samples_of).files]

    assert ["theirs_general.csv", "theirs_docs-2_general.csv"] == names
