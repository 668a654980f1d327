"""Cells that are there without a value or a name."""

from pathlib import Path

import openpyxl

from vlmhb.exchange.table import read_table


def test_columns_without_a_name_at_the_end_of_a_workbook_are_none(tmp_path: Path):
    book = openpyxl.Workbook()
    for row in (["id", "answer", None, None], [1, "one", None, "note"], [2]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")

    table = read_table(tmp_path / "a.xlsx")

    assert ("id", "answer") == table.columns
    assert [{"id": "1", "answer": "one"}, {"id": "2", "answer": ""}] == [
        dict(row.cells) for row in table.rows
    ]


def test_a_number_that_is_none_is_an_empty_cell(tmp_path: Path):
    """As pandas writes a missing one."""
    file = tmp_path / "a.jsonl"
    file.write_text('{"id": 1, "answer": NaN, "note": null, "more": [1, {"a": "я"}]}\n')

    (row,) = read_table(file).rows

    assert {"id": "1", "answer": "", "note": "", "more": '[1, {"a": "я"}]'} == row.cells
