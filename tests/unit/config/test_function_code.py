"""The code of a function is found beside its model file, and changing it makes another model."""

from pathlib import Path

import pytest

from tests.unit.config.files import write, write_tree
from vlmhb.config import load_model
from vlmhb.domain.model import ModelSpec
from vlmhb.errors import ConfigError

FUNCTION = """\
backend: function
env: light
answers: reply
params:
  function: mine:answer
  folder: ../../code
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    write(tmp_path / "code/mine.py", "def answer(image_path, prompt):\n    return prompt\n")
    write(tmp_path / "configs/models/mine.yaml", FUNCTION)
    return write_tree(tmp_path)


def model(tree: Path) -> ModelSpec:
    return load_model("mine", tree)


def digest(tree: Path) -> object:
    return model(tree).params["code_sha256"]


def test_the_folder_counts_from_the_model_file(tree: Path):
    assert str((tree / "code").resolve()) == model(tree).params["folder"]


@pytest.mark.parametrize("changed", ["code/mine.py", "code/deep/more.py"])
def test_other_code_is_another_model(tree: Path, changed: str):
    before = digest(tree)

    write(tree / changed, "def answer(image_path, prompt):\n    return ''\n")

    assert before != digest(tree)


def test_renamed_code_is_another_model(tree: Path):
    before = digest(tree)

    (tree / "code/mine.py").rename(tree / "code/other.py")

    assert before != digest(tree)


def test_what_is_no_code_does_not_count(tree: Path):
    before = digest(tree)

    write(tree / "code/notes.txt", "x")

    assert before == digest(tree)


def test_a_folder_that_does_not_exist_is_named_at_its_place(tree: Path):
    write(tree / "configs/models/mine.yaml", FUNCTION.replace("../../code", "../../cod"))

    with pytest.raises(ConfigError) as caught:
        model(tree)

    (issue,) = caught.value.issues
    assert issue.startswith("configs/models/mine.yaml:5:3 params: ")
    assert "/cod is none" in issue


def test_a_folder_with_far_too_much_code_is_refused(tree: Path):
    for number in range(1_001):
        (tree / f"code/m{number}.py").touch()

    with pytest.raises(ConfigError, match="a folder for this code alone"):
        model(tree)


def test_a_folder_must_be_text(tree: Path):
    write(tree / "configs/models/mine.yaml", FUNCTION.replace("../../code", "[code]"))

    with pytest.raises(ConfigError, match="as text"):
        model(tree)


def test_params_of_other_backends_are_left_alone(tree: Path):
    other = FUNCTION.replace("function\n", "toy\n", 1)
    write(tree / "configs/models/mine.yaml", other)

    assert {"function": "mine:answer", "folder": "../../code"} == model(tree).params
