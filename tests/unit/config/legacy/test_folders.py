"""Where VLMHyperBench's files are looked for."""

from pathlib import Path

import pytest

from tests.vhb_project import VhbProject
from vlmhb.config.legacy.folders import folders_of
from vlmhb.errors import ConfigError


def test_its_config_tells(tmp_path):
    project = VhbProject.create(tmp_path)
    project.write_config(vlm_base="base.csv", data_dirs={"datasets": "sets", "reports": "x"})

    folders = folders_of(tmp_path / "user_config.csv", tmp_path)

    assert (tmp_path / "sets", tmp_path / "base.csv") == (folders.datasets, folders.vlm_base)
    assert project.answers == folders.answers
    assert (
        "folders as vlmhyperbench/system_dirs/cfg/VLMHyperBench_config.json says; of it, not used: "
        "user_config, system_dirs, reports"
    ) == folders.note


def test_its_first_config_is_understood(tmp_path):
    project = VhbProject.create(tmp_path, with_config=False)
    project.write(
        "vlmhyperbench/cfg/VLMHyperBench_config.json",
        '{"data_dirs": {"vlm_base": "base.csv", "datasets": "vlmhyperbench/Datasets"}}',
    )

    folders = folders_of(tmp_path / "user_config.csv", tmp_path)

    expected = (tmp_path / "vlmhyperbench" / "Datasets", tmp_path / "base.csv")
    assert expected == (folders.datasets, folders.vlm_base)


@pytest.mark.parametrize("written", ["user_config.csv", "../project/user_config.csv"])
def test_a_config_above_the_current_folder_is_not_taken_but_told_of(tmp_path, written):
    VhbProject.create(tmp_path)
    here = tmp_path / "project"
    here.mkdir()

    folders = folders_of(here / written, here)

    assert here / "vlm_base.csv" == folders.vlm_base
    assert "folders of ., as there is no VLMHyperBench_config.json" == folders.note
    assert folders.hint.endswith(f"VLMHyperBench_config.json names, run it in {tmp_path}")


def test_its_config_is_found_from_a_folder_below(tmp_path):
    project = VhbProject.create(tmp_path)

    folders = folders_of(tmp_path / "notebooks" / "user_config_2.csv", tmp_path)

    assert project.data / "Datasets" == folders.datasets


def test_without_its_config_the_usual_folders_are_taken(tmp_path):
    project = VhbProject.create(tmp_path, with_config=False)

    folders = folders_of(tmp_path / "user_config.csv", tmp_path)

    assert (project.data / "SystemPrompts", tmp_path / "vlmhyperbench" / "vlm_base.csv") == (
        folders.system_prompts,
        folders.vlm_base,
    )


def test_without_its_config_the_usual_folders_are_found_from_a_folder_below(tmp_path):
    project = VhbProject.create(tmp_path, with_config=False)

    folders = folders_of(tmp_path / "notebooks" / "user_config_2.csv", tmp_path)

    assert project.data / "Datasets" == folders.datasets


def test_the_first_places_of_the_folders_are_known(tmp_path):
    (tmp_path / "vlmhyperbench" / "Datasets").mkdir(parents=True)

    folders = folders_of(tmp_path / "user_config.csv", tmp_path)

    assert tmp_path / "vlmhyperbench" / "ModelsMetrics" == folders.metrics


def test_without_either_the_files_are_beside(tmp_path):
    folders = folders_of(tmp_path / "user_config.csv", tmp_path)

    assert tmp_path / "data_dirs" / "PromptCollections" == folders.prompts
    assert tmp_path / "vlm_base.csv" == folders.vlm_base


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "VLMHyperBench_config.json:1:2 not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "got no object"),
        ('{"data_dirs": 1, "vlm_base": ""}', ":1:2 data_dirs: got 1, expected folders"),
        ('{"data_dirs": 1, "vlm_base": ""}', ":1:18 vlm_base: got '', expected a path"),
        ('{"data_dirs": {\n "datasets": ["x"]}}', ":2:2 data_dirs.datasets: got ['x'], expected"),
        ('{"data_dir": {}}', "data_dir: got an unknown key; did you mean 'data_dirs'?"),
        ('{"data_dirs": {"dataset": "x"}}', ":1:16 data_dirs.dataset: got an unknown key; did you"),
        ('{"vlm_base": "a\\u0000b"}', "vlm_base: got"),
    ],
)
def test_a_config_that_is_wrong_is_told_of(tmp_path: Path, text: str, message: str):
    VhbProject.create(tmp_path).write(
        "vlmhyperbench/system_dirs/cfg/VLMHyperBench_config.json", text
    )

    with pytest.raises(ConfigError) as caught:
        folders_of(tmp_path / "user_config.csv", tmp_path)

    assert message in str(caught.value)
