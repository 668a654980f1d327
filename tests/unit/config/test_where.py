"""`dataset.where` in a task file."""

import pytest

from tests.unit.config.files import TASK, write, write_tree
from vlmhb.config import load_run
from vlmhb.errors import ConfigError


def task_with(where: str) -> str:
    return TASK.replace("  licence: none\n", f"  licence: none\n  where: {where}\n")


def test_a_task_may_take_some_rows_of_its_dataset(tmp_path):
    write(write_tree(tmp_path) / "configs/tasks/pages.yaml", task_with("{doc_class: [a, b]}"))

    (task,) = load_run("small", cwd=tmp_path).tasks

    assert {"doc_class": ("a", "b")} == task.dataset.where


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("{doc_class: []}", "expected at least one entry"),
        ("{doc_class: passport}", "expected a list"),
        ("{year: [2024]}", "put it in quotes"),
        ("{doc_class: [a, a]}", "each entry once"),
        ("[a]", "expected a mapping"),
    ],
)
def test_rows_that_are_said_wrong_are_told(tmp_path, where, message):
    write(write_tree(tmp_path) / "configs/tasks/pages.yaml", task_with(where))

    with pytest.raises(ConfigError, match=f"dataset.where.*{message}"):
        load_run("small", cwd=tmp_path)
