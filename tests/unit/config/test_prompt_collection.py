"""What is said of a collection of prompts that is none, and nothing more."""

from pathlib import Path

import pytest

from vlmhb.config.prompt_collection import PROMPT, read_collection, read_text
from vlmhb.errors import ConfigError

HEAD = "prompt;doc_class_question_type\n"


def issues(folder: Path, content: str) -> list[tuple[int, str]]:
    """Line and what was got there."""
    file = folder / "a.csv"
    file.write_text(content, "utf-8")
    with pytest.raises(ConfigError) as caught:
        read_collection(file, "a.csv")
    found = (issue.removeprefix("a.csv:").partition(" got ") for issue in caught.value.issues)
    return [(int(place.partition(":")[0]), got) for place, _, got in found]


@pytest.mark.parametrize("row", ["Read.;", ";passport Имя"])
def test_a_row_has_a_prompt_and_a_key(tmp_path: Path, row: str):
    assert [2] == [line for line, _ in issues(tmp_path, f"{HEAD}{row}\n")]


def test_a_collection_with_a_broken_row_is_not_called_empty(tmp_path: Path):
    assert [(2, "1 cells, expected 2")] == issues(tmp_path, f"{HEAD}Read.\n")


def test_one_column_is_not_taken_for_cells_with_commas(tmp_path: Path):
    (line, got), *_ = issues(tmp_path, f"{PROMPT}\n")

    assert (1, "no column 'doc_class_question_type'") == (line, got.partition(", expected")[0])


def test_a_name_that_is_taken_is_not_suggested(tmp_path: Path):
    ((line, got),) = issues(tmp_path, f"{HEAD.strip()};prompts\n")

    assert 1 == line
    assert got.startswith("the column 'prompts', expected prompt, ")
    assert "did you mean" not in got


@pytest.mark.parametrize(("before", "line"), [(b"", 1), (b"\n", 2), (b"a\n\nb", 3)])
def test_the_line_of_what_is_not_utf_8_is_told(tmp_path: Path, before: bytes, line: int):
    file = tmp_path / "a.txt"
    file.write_bytes(before + b"\xff\n")

    with pytest.raises(ConfigError, match=rf"a\.txt:{line} got bytes that are not UTF-8"):
        read_text(file, "a.txt")
