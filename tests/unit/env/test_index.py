from pathlib import Path

import pytest

from vlmhb.domain.envspec import Interpreter
from vlmhb.env.index import Index


@pytest.fixture
def interpreter(tmp_path) -> Interpreter:
    path = tmp_path / "python3.11"
    path.write_text("a Python")
    return Interpreter(str(path), "3.11.2", "build", "cpython-311", "glibc")


@pytest.fixture
def index(tmp_path, interpreter) -> Index:
    index = Index(tmp_path / "index")
    index.put("recipe", "fingerprint", interpreter)
    return index


def test_a_recipe_is_remembered(index):
    assert "fingerprint" == index.fingerprint("recipe")


def test_an_unknown_recipe_is_none(index):
    assert index.fingerprint("another") is None


def test_an_upgraded_interpreter_forgets_the_env(index, interpreter):
    Path(interpreter.path).write_text("a newer Python")

    assert index.fingerprint("recipe") is None


def test_a_removed_interpreter_forgets_the_env(index, interpreter):
    Path(interpreter.path).unlink()

    assert index.fingerprint("recipe") is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"fingerprint": 1}'])
def test_a_damaged_entry_is_as_good_as_none(index, content):
    (index.folder / "recipe.json").write_text(content)

    assert index.fingerprint("recipe") is None
