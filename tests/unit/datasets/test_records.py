"""What records say beside the sample, and what is said of those that cannot be used."""

from pathlib import Path

import pytest

from tests.unit.datasets.test_jsonl import ONE, only, problem, read, write


def test_a_split_without_records_names_the_splits_there_are(tmp_path: Path):
    dataset = write(tmp_path, {**ONE, "split": "val"}, {**ONE, "split": "dev"}, split="test")

    assert "no rows in split 'test'; the splits are 'dev', 'val'" == problem(dataset)


def test_a_wanted_split_may_be_in_the_lines_that_cannot_be_read(tmp_path: Path):
    dataset = write(tmp_path, {**ONE, "split": "val"}, "{", split="test")

    assert problem(dataset).startswith("line 2: ")


def test_a_file_without_records_is_not_missing_a_split(tmp_path: Path):
    assert "no rows" == problem(write(tmp_path, split="test"))


def test_the_language_of_a_record_goes_before_that_of_the_dataset(tmp_path: Path):
    assert "ru" == only(tmp_path, {"language": "ru"}).language
    assert "ko" == only(tmp_path, {"language": "ru"}, language="ko").language


@pytest.mark.parametrize("bad", ["{", "[]"])
def test_of_several_files_the_one_with_the_problem_is_named(tmp_path: Path, bad: str):
    good = write(tmp_path, ONE)
    (tmp_path / "val2.jsonl").write_text(f"{bad}\n")
    several = type(good)("j", "jsonl", str(tmp_path), "val*.jsonl", "none")

    assert problem(several).startswith("val2.jsonl, line 1: ")


def test_a_line_that_is_no_object_is_no_record(tmp_path: Path):
    assert "line 1: list, expected an object" == problem(write(tmp_path, "[]"))


def test_the_name_that_is_there_twice_is_told(tmp_path: Path):
    line = '{"id": 1, "answer": 2, "question": 3, "answer": 4}'

    assert "line 1: 'answer' is given twice" == problem(write(tmp_path, line))


def test_records_without_images_are_documents_of_their_own(tmp_path: Path):
    first, second = read(write(tmp_path, {**ONE, "image": []}, {**ONE, "image": [], "id": "b"}))

    assert [("0", ()), ("b", ())] == [(one.document, one.pages) for one in (first, second)]
