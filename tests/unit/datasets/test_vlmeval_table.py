"""What is said of a table of VLMEvalKit whose rows cannot be read, and nothing more."""

from pathlib import Path

import pytest

from tests.unit.datasets.tables import write_table
from tests.unit.datasets.test_vlmeval_tsv import HEAD, problem

ROW = "1\t\tWhat?\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("idx\timage\tquestion\n", "line 1: column 'index' is missing; did you mean 'idx'?"),
        ("\timage\tquestion\n", "line 1: column 'index' is missing"),
        (HEAD.replace("\n", "\timage\n"), "line 1: column 'image' is named twice"),
        ("\n\n", "empty file; the first line must name the columns"),
    ],
)
def test_rows_below_wrong_columns_are_not_looked_at(tmp_path: Path, content: str, expected: str):
    rows = "" if content == "\n\n" else f"{ROW}1\t2\t3\t4\t5\n"

    assert expected == problem(write_table(tmp_path, (content + rows).encode()))


def test_a_table_without_rows_is_not_missing_a_split(tmp_path: Path):
    content = HEAD.replace("\n", "\tsplit\n").encode()

    assert "no rows" == problem(write_table(tmp_path, content, split="val"))


def test_a_wanted_split_may_be_in_the_rows_that_cannot_be_read(tmp_path: Path):
    content = f"{HEAD[:-1]}\tsplit\n1\t\tx\tdev\n2\t\tx\n".encode()

    expected = "line 3: 3 cells, expected 4"
    assert expected == problem(write_table(tmp_path, content, split="val"))


def test_the_splits_there_are_come_in_the_order_of_the_alphabet(tmp_path: Path):
    names = ("val", "dev", "test", "a", "train")
    rows = "".join(f"{number}\t\tx\t{name}\n" for number, name in enumerate(names))
    content = f"{HEAD[:-1]}\tsplit\n{rows}".encode()

    expected = f"the splits are {', '.join(map(repr, sorted(names)))}"
    assert problem(write_table(tmp_path, content, split="x")).endswith(expected)
