"""VLMHyperBench's user_config.csv runs as it is, by the command line."""

from pathlib import Path

import pytest
from PIL import Image

from tests.oracles.vhb_evaluator import Evaluator
from tests.vhb_project import ALL, FIELDS, PASSPORTS, VhbProject, user_row
from tests.workspace import Workspace
from vlmhb.domain.answer import Answer
from vlmhb.store import read_journal

GIVEN = "snils_Hugging_Face_Lonely-3B_VQA_answers_20250102_030405"
TAKEN = "folders as vlmhyperbench/system_dirs/cfg/VLMHyperBench_config.json says"
ROWS = (
    user_row(
        prompt_collection="demo/best.csv",
        filter_doc_class="passport",
        metrics="['CER']",
        metrics_aggregators="['by_id', 'by_doc_question', 'overall']",
    ),
    user_row("demo", filter_question_type="Номер", metrics="['WER', 'BLEU']"),
    user_row("snils", metrics=""),
    user_row("snils", "Lonely-3B", only_evaluate_metrics="True", metrics=""),
)


@pytest.fixture
def project(workspace: Workspace) -> VhbProject:
    """One model that answers about passports, and answers of another about snils."""
    project = VhbProject.create(workspace.path)
    right = {f"demo{number}.png": text for number, text in enumerate(PASSPORTS)}
    workspace.write_model("toy-1b", {"answers": right | {"demo4.png": "7"}})
    project.write_rows(*ROWS)
    project.write_answers(GIVEN, [("0", "01"), ("2", "")])
    return project


def written(project: VhbProject) -> dict[str, Path]:
    """Name without the time of the run -> file."""
    files = [*project.answers.glob("*.csv"), *project.metrics.glob("*.csv")]
    names = {file: file.stem.split("_answers_") for file in files}
    return {f"{head}{tail[15:]}": file for file, (head, tail) in names.items()}


def test_rows_are_run_and_their_files_written(workspace, project):
    finished = workspace.vlmhb("run", "user_config.csv", "--out", "run", "--json")

    assert 0 == finished.code, finished.err
    told = finished.json
    files = {*project.answers.glob("*.csv"), *project.metrics.glob("*.csv")}
    assert files == {*map(Path, told["for_vlmhyperbench"]), project.answers / f"{GIVEN}.csv"}
    assert (10, {}) == (told["answered"], told["failed"])
    assert "Lonely-3B/snils: 1 samples without an answer are left out" in finished.err
    assert f"note: {TAKEN}; of it, not used: user_config, system_dirs\n" in finished.err
    for model in ("Toy-1B", "Lonely-3B"):
        check(project, f"snils_Hugging_Face_{model}_VQA", "snils", ("WER", "CER", "BLEU"), ALL)


def check(
    project: VhbProject, name: str, dataset: str, metrics: tuple[str, ...], aggregators: str
) -> None:
    """The files are what VLMHyperBench's evaluator would make of the answers."""
    files = written(project)
    annotation = (project.data / "Datasets/VQA" / dataset / "annotation.csv").read_bytes()
    evaluator = Evaluator(annotation, files[name].read_bytes(), metrics)
    for aggregator in ("by_id", "by_doc_type", "by_doc_question", "general"):
        if aggregator in aggregators:
            assert evaluator.csv(aggregator) == files[f"{name}_{aggregator}"].read_bytes()
        else:
            assert f"{name}_{aggregator}" not in files


def test_filters_and_wanted_files_are_honoured(workspace, project):
    project.write_rows(ROWS[0])

    finished = workspace.vlmhb("run", "user_config.csv", "--out", "run", "--json")

    assert 0 == finished.code, finished.err
    name = "demo_Hugging_Face_Toy-1B_VQA"
    text = written(project)[name].read_text(encoding="utf-8-sig")
    assert "id;model_answer\n" + "".join(f"{n};{t}\n" for n, t in enumerate(PASSPORTS)) == text
    check(project, name, "demo", ("CER",), "by_id by_doc_question general")
    outcomes = read_journal(workspace.path / "run" / "answers.jsonl").outcomes.values()
    asked = [outcome.asked.prompt for outcome in outcomes if outcome.asked]
    assert [f"Прочти {{{field}}}." for field in FIELDS] * 2 == asked


def test_rows_of_one_name_leave_files_of_different_times(workspace, project):
    project.write_rows(*ROWS[:2])

    finished = workspace.vlmhb("run", "user_config.csv", "--json")

    names = [Path(name).name for name in finished.json["for_vlmhyperbench"]]
    answers = [name for name in names if "_by_" not in name and "general" not in name]
    assert 2 == len(set(answers)), finished.err
    assert 3 + 4 + 2 == len(set(names))


def test_the_same_command_goes_on_and_asks_nothing_again(workspace, project):
    first = workspace.vlmhb("run", "user_config.csv", "--json")
    journal = Path(first.json["folder"]) / "answers.jsonl"
    before, files = journal.read_bytes(), written(project)

    second = workspace.vlmhb("run", "user_config.csv", "--json")

    assert (0, 0) == (first.code, second.code), second.err
    assert first.json["folder"] == second.json["folder"]
    assert before == journal.read_bytes()
    assert files == written(project)


def test_answers_alone_need_neither_vlm_base_nor_a_model(workspace, project):
    project.write_rows(ROWS[3])
    (project.path / "vlmhyperbench/vlm_base.csv").unlink()

    finished = workspace.vlmhb("run", "user_config.csv", "--out", "run")
    again = workspace.vlmhb("run", "user_config.csv", "--out", "run")
    exported = workspace.vlmhb("export", "run", "--format", "vhb", "--out", "out")

    assert (0, 0, 0) == (finished.code, again.code, exported.code), finished.err + exported.err
    assert "Lonely-3B" in finished.out
    assert f"for VLMHyperBench: {project.metrics / GIVEN}_general.csv" in finished.out
    check(project, "snils_Hugging_Face_Lonely-3B_VQA", "snils", ("WER", "CER", "BLEU"), ALL)


def test_a_folder_that_cannot_be_written_costs_no_answers(workspace, project):
    project.write_rows(ROWS[2])
    project.metrics.write_text("no folder")

    finished = workspace.vlmhb("run", "user_config.csv", "--out", "run")

    assert 4 == finished.code
    assert f"cannot make the folder {project.metrics}" in finished.err
    assert "toy-1b" in finished.out
    assert (workspace.path / "run/derived/report.html").is_file()
    assert [f"{project.answers}"] == [
        str(Path(line.removeprefix("for VLMHyperBench: ")).parent)
        for line in finished.out.splitlines()
        if line.startswith("for VLMHyperBench: ")
    ]


def test_what_would_be_done_is_told(workspace, project):
    validated = workspace.vlmhb("validate", "user_config.csv")
    planned = workspace.vlmhb("plan", "user_config.csv", "--json")

    assert (0, 0) == (validated.code, planned.code), validated.err + planned.err
    assert "user_config.csv: ok, 2 models x 3 tasks" in validated.out
    rows = {row["model"]: row for row in planned.json["models"]}
    assert (8, 8) == (rows["toy-1b"]["requests"], rows["toy-1b"]["left"])
    assert ("answers given", 0) == (rows["Lonely-3B"]["env"], rows["Lonely-3B"]["left"])
    assert f"note: {TAKEN}" in validated.out
    assert f"Lonely-3B, snils: the answers of {GIVEN}.csv" in planned.json["notes"]
    left_out = {task["task"]: task["left_out"]["filtered"] for task in planned.json["tasks"]}
    assert {"demo": 2, "demo-2": 5, "snils": 0} == left_out


def test_what_cannot_be_run_is_told_before_anything_starts(workspace, project):
    project.write_rows(user_row(filter_doc_class="pasport"))
    filtered = workspace.vlmhb("run", "user_config.csv")
    project.write_rows(user_row(prompt_collection="demo/best.csv"))
    unprompted = workspace.vlmhb("run", "user_config.csv")
    project.write_rows(ROWS[3])
    project.write_answers(GIVEN, [("0", "a"), ("9", "b"), ("0", "c")])
    strange = workspace.vlmhb("run", "user_config.csv")

    assert (2, 2, 2) == (filtered.code, unprompted.code, strange.code)
    assert "the value 'pasport'" in filtered.err
    assert "did you mean 'passport'?" in filtered.err
    assert "prompt set best@" in unprompted.err
    assert "'invoice Номер'" in unprompted.err
    assert "line 3: no sample has the id '9'" in strange.err
    assert not (workspace.path / "runs").exists()


def test_bundles_of_pages_are_asked_and_evaluated(workspace, project):
    bundle = project.data / "Datasets/RPOClassification/bundles"
    (bundle / "images/0").mkdir(parents=True)
    for number in range(3):
        Image.new("RGB", (4, 4), (number, 0, 0)).save(bundle / f"images/0/{number}.jpg")
    project.write(f"{bundle}/classes.json", '{"1": "tins", "2": "snils", "3": "passport"}')
    project.write(f"{bundle}/jsons/0.json", '{"classes": [3, 2, 3], "pages": [2, 1, 1]}')
    prompts = "vlmhyperbench/data_dirs/PromptCollections/RPOClassification"
    project.write(f"{prompts}/prompt.txt", "Какие {классы}?")
    project.write_rows(
        user_row("bundles", task="RPOClassification"),
        user_row("bundles", "Lonely-3B", task="RPOClassification", only_evaluate_metrics="True"),
    )
    name = "bundles_MODELFRAMEWORK_Lonely-3B_RPOClassification_classification"
    project.write_answers(f"{name}_answers_20250102_030405", [("0", "323")])

    finished = workspace.vlmhb("run", "user_config.csv", "--out", "run", "--json")

    assert 0 == finished.code, finished.err
    outcomes = list(read_journal(workspace.path / "run" / "answers.jsonl").outcomes.values())
    asked = [outcome.asked.prompt for outcome in outcomes if outcome.asked]
    assert ["Количество поданных страниц документов - 3.\nКакие {классы}?"] == asked
    assert "3,2,3" in [outcome.text for outcome in outcomes if isinstance(outcome, Answer)]
    (file,) = finished.json["for_vlmhyperbench"]
    assert Path(file).read_text(encoding="utf-8-sig").startswith("sample_id;model_answer\n0;toy ")
