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


def test_without_either_the_files_are_beside(tmp_path):
    folders = folders_of(tmp_path / "user_config.csv", tmp_path)

    assert tmp_path / "data_dirs" / "PromptCollections" == folders.prompts
    assert tmp_path / "vlm_base.csv" == folders.vlm_base


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "got no object"),
        ('{"data_dirs": 1, "vlm_base": ""}', "data_dirs: got 1, expected folders"),
        ('{"data_dirs": {"datasets": ["x"]}}', "datasets: got ['x'], expected a path"),
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
