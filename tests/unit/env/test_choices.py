import os
from dataclasses import replace
from pathlib import Path

import pytest

from vlmhb.domain.envspec import Interpreter
from vlmhb.env.choices import Choices

SPECIFIER = ">=3.11,<3.12"


@pytest.fixture
def interpreter(tmp_path) -> Interpreter:
    (tmp_path / "bin").mkdir()
    path = tmp_path / "bin" / "python3.11"
    path.write_text("a Python")
    return Interpreter(str(path), "3.11.2", "build", "cpython-311", "glibc")


@pytest.fixture
def choices(tmp_path, interpreter) -> Choices:
    environment = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)}
    choices = Choices(tmp_path / "choices", environment)
    choices.put(SPECIFIER, interpreter)
    return choices


def test_a_choice_is_remembered(choices, interpreter):
    assert interpreter == choices.get(SPECIFIER)


def test_another_specifier_is_another_choice(choices):
    assert choices.get(">=3.10") is None


@pytest.mark.parametrize("variable", ["PATH", "HOME", "XDG_DATA_HOME", "UV_PYTHON_INSTALL_DIR"])
def test_another_place_to_look_is_another_choice(choices, variable):
    elsewhere = replace(choices, environment={**choices.environment, variable: "/elsewhere"})

    assert elsewhere.get(SPECIFIER) is None


def test_a_variable_that_says_nothing_of_places_does_not_count(choices, interpreter):
    other = replace(choices, environment={**choices.environment, "NO_COLOR": "1"})

    assert interpreter == other.get(SPECIFIER)


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_text("a newer Python"),
        lambda path: path.unlink(),
        lambda path: os.utime(path, ns=(0, 0)),
        lambda path: (path.parent / "python3.12").touch(),
        lambda path: (path.parent.parent / ".local/share/uv/python/3.11").mkdir(parents=True),
    ],
    ids=["other size", "gone", "other time", "a new one on PATH", "a new one of uv's own"],
)
def test_a_change_that_may_give_another_interpreter_forgets_the_choice(
    choices, interpreter, change
):
    change(Path(interpreter.path))

    assert choices.get(SPECIFIER) is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"interpreter": {}}'])
def test_a_damaged_choice_is_as_good_as_none(choices, content):
    (path,) = choices.folder.iterdir()
    path.write_text(content)

    assert choices.get(SPECIFIER) is None
