"""What rows of user_config.csv ask about bundles, and what is said of prompts that are none."""

from pathlib import Path

import pytest

from tests.unit.config.files import ENVSPEC, MODEL, write
from tests.vhb_project import VhbProject, user_row
from vlmhb.config import Overrides, load_run
from vlmhb.domain.task import Task
from vlmhb.errors import ConfigError

PROMPTS = "vlmhyperbench/data_dirs/PromptCollections"


@pytest.fixture
def project(tmp_path: Path) -> VhbProject:
    write(tmp_path / "envspecs/light/envspec.yaml", ENVSPEC)
    write(tmp_path / "configs/models/Toy-1B.yaml", MODEL)
    project = VhbProject.create(tmp_path)
    (project.data / "Datasets/RPOSorting/bundles").mkdir(parents=True)
    return project


def only_task(project: VhbProject, *rows: str) -> Task:
    project.write_rows(*rows)
    (task,) = load_run("user_config.csv", Overrides(), project.path).tasks
    return task


def test_a_prompt_set_about_bundles_is_asked_as_it_is(project: VhbProject):
    text = 'version: "1"\ndefault: {prompt: "Sort {{ n_pages }} pages."}\n'
    write(project.path / PROMPTS / "RPOSorting/mine.yaml", text)

    task = only_task(project, user_row("bundles", task="RPOSorting", prompt_collection="mine.yaml"))

    assert "Sort {{ n_pages }} pages." == task.prompts.default.prompt


def test_a_text_about_pages_is_asked_without_their_number(project: VhbProject):
    project.write(f"{PROMPTS}/VQA/one.txt", "Read {all}.")

    task = only_task(project, user_row(prompt_collection="one.txt"))

    default = task.prompts.default
    assert ("Read {all}.", False) == (default.prompt, default.is_template)


def test_a_broken_collection_is_told_once_whoever_names_it(project: VhbProject):
    broken = project.write(f"{PROMPTS}/VQA/broken.csv", "prompt;key\n")
    project.write_rows(
        user_row("demo", prompt_collection="broken.csv"),
        user_row("snils", prompt_collection="broken.csv"),
    )

    with pytest.raises(ConfigError) as caught:
        load_run("user_config.csv", Overrides(), project.path)

    issues = [issue for issue in caught.value.issues if broken.name in issue]
    assert issues
    assert len(set(issues)) == len(issues)
    assert len(issues) == len(caught.value.issues)


def test_a_collection_about_bundles_is_asked_by_its_classes(project: VhbProject):
    text = "prompt;doc_class_question_type\nSort {it}.;invoice total\n"
    project.write(f"{PROMPTS}/RPOSorting/best.csv", text)

    task = only_task(project, user_row("bundles", task="RPOSorting", prompt_collection="best.csv"))

    assert "Sort {it}." == task.prompts.fields["invoice total"].prompt
