"""What models are called, and dated, that stand for answers which are there already."""

from pathlib import Path

import pytest

from tests.unit.config.files import ENVSPEC, MODEL, write
from tests.vhb_project import VhbProject, user_row
from vlmhb.config import Overrides, load_run
from vlmhb.domain.run import RunConfig


@pytest.fixture
def project(tmp_path: Path) -> VhbProject:
    write(tmp_path / "envspecs/light/envspec.yaml", ENVSPEC)
    write(tmp_path / "configs/models/Toy-1B.yaml", MODEL)
    return VhbProject.create(tmp_path)


def run_of(project: VhbProject, *rows: str) -> RunConfig:
    project.write_rows(*rows)
    return load_run("user_config.csv", Overrides(), project.path)


def given(dataset: str, model: str, **cells: str) -> str:
    return user_row(dataset, model, only_evaluate_metrics="True", **cells)


def write_answers(project: VhbProject, dataset: str, model: str, framework: str, day: str) -> None:
    name = f"{dataset}_{framework.replace(' ', '_')}_{model}_VQA_answers_{day}_101112"
    project.write_answers(name, [("0", "a")])


def test_answers_of_one_model_on_two_datasets_are_one_model_dated_by_the_newest(
    project: VhbProject,
):
    write_answers(project, "demo", "Lonely-3B", "Hugging Face", "20250203")
    write_answers(project, "snils", "Lonely-3B", "Hugging Face", "20240203")

    (model,) = run_of(project, given("demo", "Lonely-3B"), given("snils", "Lonely-3B")).models

    assert ("Lonely-3B", "2025-02-03T10:11:12Z") == (model.name, model.params["answered_at"])


def test_answers_from_other_frameworks_have_names_of_their_own(project: VhbProject):
    frameworks = ("Hugging Face", "vLLM", "SGLang")
    for framework in frameworks:
        write_answers(project, "demo", "lonely-3b", framework, "20250203")

    config = run_of(
        project, *(given("demo", "lonely-3b", framework=framework) for framework in frameworks)
    )

    expected = ["lonely-3b", "lonely-3b-given", "lonely-3b-given-2"]
    assert expected == [model.name for model in config.models]


def test_names_that_differ_in_case_alone_are_told_apart(project: VhbProject):
    """Folders are named after models, and some file systems know no case."""
    for framework, name in (("Hugging Face", "Lonely-3B"), ("vLLM", "LONELY-3B")):
        write_answers(project, "demo", name, framework, "20250203")

    config = run_of(
        project, given("demo", "Lonely-3B"), given("demo", "LONELY-3B", framework="vLLM")
    )

    assert ["Lonely-3B", "LONELY-3B-given"] == [model.name for model in config.models]


def test_a_model_that_is_asked_keeps_its_name_whoever_comes_first(project: VhbProject):
    write_answers(project, "snils", "Toy-1B", "Hugging Face", "20250203")

    config = run_of(project, given("snils", "Toy-1B"), user_row("demo", "Toy-1B"))

    assert {"Toy-1B": ("demo",), "Toy-1B-given": ("snils",)} == {
        model.name: model.tasks for model in config.models
    }


def test_newer_answers_to_something_else_are_not_taken(project: VhbProject):
    write_answers(project, "demo", "Lonely-3B", "Hugging Face", "20240101")
    write_answers(project, "demo", "Lonely-3B-more", "Hugging Face", "20250101")
    write_answers(project, "snils", "Lonely-3B", "Hugging Face", "20250102")
    write_answers(project, "demo", "Lonely-3B", "vLLM", "20250103")
    project.write_answers("demo_Hugging_Face_Lonely-3B_VQA_answers_new", [("0", "b")])

    (row,) = run_of(project, given("demo", "Lonely-3B")).vhb_rows

    expected = "demo_Hugging_Face_Lonely-3B_VQA_answers_20240101_101112.csv"
    assert expected == Path(row.given).name
