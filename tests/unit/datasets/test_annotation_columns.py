"""What is said of an annotation.csv whose first line is not as it should be, and nothing more."""

from pathlib import Path

import pytest

from tests.unit.datasets.files import HEADER, row, write_dataset
from vlmhb.datasets.annotation_csv import AnnotationCsv
from vlmhb.datasets.catalog import find
from vlmhb.errors import DatasetError
from vlmhb.system.page_cache import PageCache


def problem(root: Path, *rows: str, header: str) -> str:
    with pytest.raises(DatasetError) as caught:
        AnnotationCsv().read(write_dataset(root, *rows, header=header), PageCache(root / "cache"))
    return caught.value.got


def test_a_table_with_commas_is_told_once_whatever_its_rows_hold(tmp_path: Path):
    rows = (row().replace(";", ","), "1;2")

    expected = "line 1: cells are separated by ','; expected ';'"
    assert expected == problem(tmp_path, *rows, header=HEADER.replace(";", ","))


def test_a_file_of_empty_lines_is_empty(tmp_path: Path):
    expected = "empty file; the first line must name the columns"
    assert expected == problem(tmp_path, header="\n\n")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (HEADER + ";langauge", "line 1: unknown column 'langauge'; did you mean 'language'?"),
        ('"data_index;' + HEADER, "the row that starts in line 1: unexpected end of data"),
    ],
)
def test_only_what_is_wrong_with_the_columns_is_told(tmp_path: Path, header: str, expected: str):
    assert expected == problem(tmp_path, row(), header=header)


def test_a_single_column_is_not_taken_for_cells_with_commas(tmp_path: Path):
    lines = problem(tmp_path, "0", header="data_index").split("\n  ")[1:]

    assert 7 == len(lines)
    assert "line 1: column 'split' is missing" == lines[0]


def test_columns_named_twice_are_told_in_the_order_of_the_alphabet(tmp_path: Path):
    twice = ("split", "question", "doc_class", "answer")

    lines = problem(tmp_path, header=";".join((HEADER, *twice))).split("\n  ")[1:]

    assert [f"line 1: column {name!r} is named twice" for name in sorted(twice)] == lines


def test_a_row_with_a_nul_is_told_once_and_its_image_is_not_looked_for(tmp_path: Path):
    assert "line 2: NUL character" == problem(tmp_path, row("a\0.png"), header=HEADER)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("json", "unknown format 'json'; did you mean 'jsonl'?"),
        ("xlsx", "unknown format 'xlsx'"),
    ],
)
def test_a_format_that_is_none_is_told_with_the_near_one_if_any(name: str, expected: str):
    with pytest.raises(DatasetError) as caught:
        find(name)

    assert expected == caught.value.got
    assert "one of annotation_csv, documents, jsonl, " in str(caught.value)


@pytest.mark.parametrize("name", ["comment", "a,b", "lang"])
def test_a_column_of_the_users_own_is_kept_as_metadata(name: str, tmp_path: Path):
    root = write_dataset(
        tmp_path, row() + ";seen", row(question="other") + ";", header=f"{HEADER};{name}"
    )

    samples = AnnotationCsv().read(root, PageCache(tmp_path / "cache"))

    assert ["seen", None] == [sample.metadata.get(name) for sample in samples]
