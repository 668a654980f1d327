"""Answers that rows of user_config.csv bring along, and the files they leave."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.build import answer, loaded, model
from tests.unit.exchange.runs import recorded, row, task_of
from vlmhb.domain.answer import Answer, Outcome
from vlmhb.domain.model import IMPORTED
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.sample import PageImage, Sample
from vlmhb.domain.task import DatasetRef
from vlmhb.domain.vhb_row import VhbRow
from vlmhb.errors import StorageError, UsageError
from vlmhb.exchange.vhb_rows import Delivered, deliver, given_outcomes
from vlmhb.plan import build_plan

TASK = task_of(row(0, "one"), row(1, "two"))
ANSWERS: dict[str, Outcome] = {"0": answer(text="one"), "1": answer(text="2")}


def vhb_row(folder: Path, **changes: object) -> VhbRow:
    values: dict[str, object] = {
        "model": "m",
        "task": "docs",
        "vhb_task": "VQA",
        "stem": "docs_HF_M_VQA",
        "answers": str(folder / "answers"),
        "metrics": str(folder / "metrics"),
        "wanted": ("CER",),
        "aggregators": ("general",),
    }
    return VhbRow(**(values | changes))  # type: ignore[arg-type]


def samples_of(task: LoadedTask) -> tuple[Sample, ...]:
    return task.samples


def delivered(folder: Path, *rows: VhbRow, task: LoadedTask = TASK) -> Delivered:
    run_dir = recorded(folder / "run", task, ANSWERS)
    return deliver(run_dir, rows, samples_of)


def given_of(folder: Path, task: LoadedTask, text: str) -> dict[str, str]:
    """Sample id -> answer."""
    file = folder / "theirs.csv"
    file.write_text(text, encoding="utf-8-sig")
    plan = build_plan([model(backend=IMPORTED, env="")], [task])
    rows = [vhb_row(folder, task=task.task.name, given=str(file))]
    found = given_outcomes(rows, plan, {task.task.name: task}, samples_of)
    ids = {request: sample for sample, request in plan.evaluations[0].requests}
    return {ids[one.request_id]: one.text for one in found if isinstance(one, Answer)}


def bundles() -> LoadedTask:
    """One bundle of three pages."""
    pages = tuple(PageImage(f"{n}.jpg", str(n) * 64, 1, 1) for n in range(3))
    dataset = DatasetRef("b", "rpo_classification", "/data", "classes.json", "none")
    return loaded((row(0, "3,2,3", pages=pages),), "bundles", dataset=dataset)


def test_a_row_leaves_its_answers_and_the_metrics_it_wants(tmp_path):
    done = delivered(tmp_path, vhb_row(tmp_path))

    answers, general = done.files
    assert tmp_path / "answers" / "docs_HF_M_VQA_answers_20260102_030405.csv" == answers
    assert tmp_path / "metrics" / f"{answers.stem}_general.csv" == general
    assert "\ufeffcer_error\n0.5\n" == general.read_text(encoding="utf-8")
    assert ([], None) == (done.notes, done.error)


def test_rows_of_one_evaluation_share_a_file_of_answers(tmp_path):
    done = delivered(tmp_path, vhb_row(tmp_path), vhb_row(tmp_path, aggregators=("by_id",)))

    assert ["answers", "metrics", "metrics"] == [file.parent.name for file in done.files]


def test_evaluations_of_one_name_are_told_apart_by_a_second(tmp_path):
    other = replace(TASK, task=replace(TASK.task, name="docs-2"))
    run_dir = recorded(tmp_path / "run", TASK, ANSWERS, tasks=(TASK, other))
    rows = [vhb_row(tmp_path), vhb_row(tmp_path, task="docs-2")]

    names = [file.name for file in deliver(run_dir, rows, samples_of).files]

    assert ["030405", "030405", "030406", "030406"] == [name[31:37] for name in names]


def test_answers_that_were_given_leave_metrics_under_their_own_name(tmp_path):
    row = vhb_row(tmp_path, given=str(tmp_path / "answers" / "theirs.csv"))

    done = delivered(tmp_path, row)

    assert [tmp_path / "metrics" / "theirs_general.csv"] == done.files


def test_a_target_that_their_evaluator_stops_at_costs_only_the_metrics(tmp_path):
    task = task_of(row(0, " "), row(1, "two"))

    done = delivered(tmp_path, vhb_row(tmp_path), task=task)

    assert ["answers"] == [file.parent.name for file in done.files]
    assert ["cannot export the metrics of m/docs"] == [note.split(":")[0] for note in done.notes]


def test_a_folder_that_cannot_be_written_is_told_and_the_other_is_written(tmp_path):
    (tmp_path / "answers").write_text("no folder")
    rows = (vhb_row(tmp_path), vhb_row(tmp_path, answers=str(tmp_path / "else")))

    done = delivered(tmp_path, *rows)

    assert isinstance(done.error, StorageError)
    assert ["else", "metrics"] == [file.parent.name for file in done.files]


def test_bundles_leave_answers_and_a_note(tmp_path):
    done = delivered(tmp_path, vhb_row(tmp_path, vhb_task="RPOClassification"))

    (file,) = done.files
    assert file.read_text(encoding="utf-8-sig").startswith("sample_id;model_answer\n")
    assert ["m/docs: VLMHyperBench has no files of metrics for RPOClassification"] == done.notes


def test_given_answers_are_those_of_the_run_s_samples(tmp_path):
    whole = TASK.samples
    part = replace(TASK, samples=whole[1:])
    file = tmp_path / "theirs.csv"
    file.write_text("id;model_answer\n0;a\n1;b\n", encoding="utf-8")
    plan = build_plan([model(backend=IMPORTED, env="")], [part])

    (found,) = given_outcomes(
        [vhb_row(tmp_path, given=str(file))], plan, {"docs": part}, lambda _: whole
    )

    assert isinstance(found, Answer)
    assert "b" == found.text


def test_samples_that_a_file_does_not_mention_have_no_answer(tmp_path):
    assert {"1": "two"} == given_of(tmp_path, TASK, "id;model_answer\n1;two\n")


def test_given_answers_to_what_the_dataset_has_not_are_told(tmp_path):
    with pytest.raises(UsageError, match="no sample has the id '7'"):
        given_of(tmp_path, TASK, "id;model_answer\n7;a\n")


@pytest.mark.parametrize(
    ("written", "text"), [("323", "3,2,3"), ("3,2,3", "3,2,3"), ("32", "32"), ("old", "old")]
)
def test_classes_of_pages_get_their_commas_back(tmp_path, written, text):
    found = given_of(tmp_path, bundles(), f"sample_id;model_answer\n0;{written}\n")

    assert {"0": text} == found
