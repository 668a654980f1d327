"""Answers from elsewhere as a run, and the way there and back."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tests.build import answer, failed, model
from tests.unit.exchange.runs import recorded, row, task_of
from vlmhb.domain.answer import Answer, FailedAnswer, FailureReason, Outcome
from vlmhb.domain.model import IMPORTED
from vlmhb.domain.prompt import TunedOn
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.sample import PageImage
from vlmhb.domain.task import AnswerKind
from vlmhb.errors import ResumeRefusedError, UsageError
from vlmhb.exchange.export_run import ForVhb, export_run
from vlmhb.exchange.given import GivenFile, Wanted
from vlmhb.exchange.import_run import Imported, Pictures, import_run
from vlmhb.report import read_results
from vlmhb.store import OpenRun, RunDir, read_run

TASK = task_of(row(0, "one"), row(1, "two"), row(2, "three"))


def write(folder: Path, text: str, name: str = "answers.csv") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def given(file: Path, name: str = "theirs", **wanted: str) -> GivenFile:
    return GivenFile.read(name, file, Wanted(**wanted))


def imported(folder: Path, *files: GivenFile, task: LoadedTask = TASK) -> Imported:
    return import_run(task, files, AnswerKind.REPLY, folder / "runs", folder / "run")


def texts(run_dir: RunDir, name: str = "theirs") -> dict[str, str]:
    """By sample id."""
    results = read_results(run_dir)
    evaluation = next(one for one in results.plan.evaluations if one.model == name)
    return {
        sample_id: outcome.text if isinstance(outcome, Answer) else "failed"
        for sample_id, request_id in evaluation.requests
        if (outcome := results.outcomes.get(request_id))
    }


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("vhb.csv", "\ufeffid;model_answer\n0;one\n2;=3\n"),
        ("rpo.csv", "sample_id;answer\n0;one\n2;=3\n"),
        ("plain.csv", "id,answer,note\n0,one,\n2,=3,\n"),
        ("plain.jsonl", '{"id": 0, "answer": "one"}\n{"id": "2", "answer": "=3"}\n'),
        ("kit.tsv", "index\tanswer\tprediction\n0\tthe target\tone\n2.0\tthe target\t=3\n"),
        ("kit.json", '[{"index": 0, "prediction": "one"}, {"index": 2, "prediction": "=3"}]'),
    ],
)
def test_the_usual_files_are_understood(tmp_path, name, content):
    done = imported(tmp_path, given(write(tmp_path, content, name)))

    assert {"0": "one", "2": "=3"} == texts(done.run_dir)
    assert ("1",) == done.models[0].missing


def test_columns_of_any_name_can_be_named(tmp_path):
    file = write(tmp_path, "nr;said\n0;one\n")

    found = given(file, id_column="nr", answer_column="said").by_sample({"0"})

    assert {"0": "one"} == found


def test_a_column_that_is_not_there_is_named_with_those_that_are(tmp_path):
    with pytest.raises(UsageError, match="'nr', 'said'") as caught:
        given(write(tmp_path, "nr;said\n0;one\n"))

    assert "--id-column" in str(caught.value)


def test_the_target_is_never_taken_for_the_answer(tmp_path):
    file = write(tmp_path, "id,answer,output\n0,target,mine\n")

    assert {"0": "mine"} == given(file).by_sample({"0"})


def test_rows_that_the_task_s_prompts_were_tuned_on_are_left_out(tmp_path):
    prompts = replace(TASK.task.prompts, tuned_on=TunedOn(samples=("0",)))
    tuned = replace(TASK, task=replace(TASK.task, prompts=prompts))

    done = imported(tmp_path, given(write(tmp_path, "id,answer\n0,one\n1,two\n")), task=tuned)

    assert {"1": "two"} == texts(done.run_dir)
    assert (1, 0, ("2",)) == (
        done.models[0].answered,
        done.models[0].failed,
        done.models[0].missing,
    )
    (kept,) = read_results(done.run_dir).tasks
    assert (1, (prompts.id,)) == (kept.left_out.tuned, kept.left_out.tuned_sets)


def test_unknown_ids_and_doubles_are_all_named(tmp_path):
    file = write(tmp_path, "id;model_answer\n0;a\n0;b\n7;c\nx;d\n")

    with pytest.raises(UsageError) as caught:
        imported(tmp_path, given(file))

    for part in ("line 3: id '0' is that of line 2", "line 4: no sample", "line 5: no sample"):
        assert part in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_several_models_go_into_one_run(tmp_path):
    first = given(write(tmp_path, "id;model_answer\n0;one\n", "a.csv"), "a")
    second = given(write(tmp_path, "id;model_answer\n0;two\n1;two\n", "b.csv"), "b")

    done = imported(tmp_path, first, second)

    assert [("a", 1), ("b", 2)] == [(one.model, one.answered) for one in done.models]
    assert ({"0": "one"}, {"0": "two", "1": "two"}) == (
        texts(done.run_dir, "a"),
        texts(done.run_dir, "b"),
    )


def test_two_files_of_one_model_are_refused(tmp_path):
    file = given(write(tmp_path, "id;model_answer\n0;one\n"))

    with pytest.raises(UsageError, match="both are called 'theirs'"):
        imported(tmp_path, file, file)


def test_samples_that_ask_the_same_keep_their_own_answers(tmp_path):
    page = PageImage("p.png", "0" * 64, 1, 1)
    twins = [replace(row(n, "x"), question="Which?", pages=(page,)) for n in range(2)]
    file = given(write(tmp_path, "id;model_answer\n0;left\n1;right\n"))

    done = imported(tmp_path, file, task=task_of(*twins))

    assert {"0": "left", "1": "right"} == texts(done.run_dir)


def test_answers_that_vlmevalkit_did_not_get_are_failures(tmp_path):
    text = "Failed to obtain answer via API. "
    done = imported(tmp_path, given(write(tmp_path, f"index\tprediction\n0\t{text}\n", "a.tsv")))

    outcome = next(iter(read_run(done.run_dir).outcomes.values()))
    assert isinstance(outcome, FailedAnswer)
    assert (FailureReason.MODEL_ERROR, text) == (outcome.reason, outcome.error.message)
    assert 1 == done.models[0].failed


def test_the_run_says_where_its_answers_are_from(tmp_path):
    done = imported(tmp_path, given(write(tmp_path, "id;model_answer\n0;one\n")))

    results = read_results(done.run_dir)

    told = results.provenance["models"]["theirs"]  # type: ignore[index, call-overload]
    assert (IMPORTED, "answers.csv") == (told["backend"], told["params"]["file"])  # type: ignore[index, call-overload]


def test_nobody_can_go_on_with_imported_answers(tmp_path):
    done = imported(tmp_path, given(write(tmp_path, "id;model_answer\n0;one\n")))
    manifest = read_run(done.run_dir).manifest

    with (
        pytest.raises(ResumeRefusedError, match="imported"),
        OpenRun(done.run_dir.path, manifest, (TASK,)),
    ):
        pass


def test_a_folder_with_a_run_is_not_written_over(tmp_path):
    file = given(write(tmp_path, "id;model_answer\n0;one\n"))
    imported(tmp_path, file)

    with pytest.raises(UsageError, match="it holds a run"):
        imported(tmp_path, file)


HOSTILE = ["=cmd|' /C calc'!A0", "two\nlines", "\x1b[31m", '"quoted"; "twice"', "Yes\ttab", "  x "]


@pytest.mark.parametrize("form", ["xlsx", "tsv", "vhb"])
def test_what_goes_out_comes_back_with_the_same_scores(tmp_path, form):
    samples = [row(number, f"target {number}") for number in range(len(HOSTILE) + 2)]
    outcomes = {str(number): answer(text=text) for number, text in enumerate(HOSTILE)}
    outcomes["6"] = answer(text="target 6")
    run_dir = recorded(tmp_path / "first", task_of(*samples), outcomes, [model("theirs")])
    vhb = ForVhb() if form == "vhb" else None
    files = export_run(run_dir, tmp_path / "out", vhb).files
    file = next(path for path in files if path.suffix == (".csv" if vhb else f".{form}"))

    done = imported(tmp_path, given(file), task=task_of(*samples))

    first, second = read_results(run_dir), read_results(done.run_dir)
    assert texts(run_dir) == texts(done.run_dir)
    assert first.scores == second.scores
    assert first.summaries == second.summaries


def test_failures_go_out_and_come_back(tmp_path):
    outcomes: dict[str, Outcome] = {"0": answer(text="one"), "1": failed()}
    run_dir = recorded(tmp_path / "first", TASK, outcomes, [model("theirs")])
    files = export_run(run_dir, tmp_path / "out", None).files

    done = imported(tmp_path, given(next(path for path in files if path.suffix == ".tsv")))

    assert read_results(run_dir).scores == read_results(done.run_dir).scores


def test_only_pages_that_somebody_answered_about_are_pictured(tmp_path):
    dataset = replace(TASK.task.dataset, root=str(tmp_path))
    task = replace(TASK, task=replace(TASK.task, dataset=dataset))
    for number in range(3):
        (tmp_path / "images").mkdir(exist_ok=True)
        Image.new("RGB", (40, 20)).save(tmp_path / f"images/{number}.jpg")
    told: list[tuple[int, int]] = []
    pictures = Pictures(on_data=lambda step: told.append((step.done, step.total)))
    file = given(write(tmp_path, "id;model_answer\n0;one\n2;x\n"))

    done = import_run(
        task, [file], AnswerKind.REPLY, tmp_path / "runs", tmp_path / "run", pictures=pictures
    )

    shown = {page.sha256 for number in (0, 2) for page in TASK.samples[number].pages}
    assert shown == set(read_results(done.run_dir).thumbnails)
    assert [(1, 2), (2, 2)] == told


def test_pictures_can_be_left_out(tmp_path):
    file = given(write(tmp_path, "id;model_answer\n0;one\n"))

    done = import_run(
        TASK,
        [file],
        AnswerKind.REPLY,
        tmp_path / "runs",
        tmp_path / "run",
        pictures=Pictures(wanted=False),
    )

    assert [] == list(done.run_dir.pages.iterdir())


def test_a_long_id_is_cut_where_it_is_quoted(tmp_path):
    file = given(write(tmp_path, "id;model_answer\n" + "7" * 5000 + ";a\n"))

    with pytest.raises(UsageError, match=r"no sample has the id '7+'\.\.\. \(5,000 char") as caught:
        imported(tmp_path, file)

    assert len(caught.value.got) < 250


@pytest.mark.parametrize("form", ["xlsx", "tsv", "vhb"])
@pytest.mark.parametrize("number", ["7" * 5000, "0007", "12345678901234567890"])
def test_ids_and_answers_of_many_digits_go_out_and_come_back(tmp_path, number, form):
    samples = [row(0, number, id=number), row(1, "x")]
    outcomes = {number: answer(text=number), "1": answer(text="x")}
    run_dir = recorded(tmp_path / "first", task_of(*samples), outcomes, [model("theirs")])
    vhb = ForVhb() if form == "vhb" else None
    files = export_run(run_dir, tmp_path / "out", vhb).files
    file = next(path for path in files if path.suffix == (".csv" if vhb else f".{form}"))

    done = imported(tmp_path, given(file), task=task_of(*samples))

    assert texts(run_dir) == texts(done.run_dir)


def test_an_empty_answer_is_an_answer_and_a_missing_row_is_none(tmp_path):
    done = imported(tmp_path, given(write(tmp_path, "id;model_answer\n0;\n")))

    assert {"0": ""} == texts(done.run_dir)
    assert ("1", "2") == done.models[0].missing


def test_a_file_without_rows_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"answers\.csv: it has no rows"):
        imported(tmp_path, given(write(tmp_path, "id;model_answer\n")))

    assert not (tmp_path / "run").exists()
