"""Tables as other tools write them, and as nobody should."""

import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vlmhb.errors import UsageError
from vlmhb.exchange.table import Table, read_table

FRAME = pd.DataFrame({"index": [1, 2], "prediction": ["да; нет", '=1+1 "x"\nline']})


def cells(table: Table) -> list[list[str]]:
    return [list(row.cells.values()) for row in table.rows]


def write(frame: pd.DataFrame, file: Path) -> Path:
    """As VLMEvalKit writes its results."""
    match file.suffix:
        case ".xlsx":
            options = {"options": {"strings_to_formulas": False}}
            with pd.ExcelWriter(file, engine="xlsxwriter", engine_kwargs=options) as book:
                frame.to_excel(book, index=False)
        case ".tsv":
            frame.to_csv(file, sep="\t", index=False, quoting=1)
        case ".json":
            file.write_text(
                json.dumps(frame.to_dict("records"), ensure_ascii=False, indent=4), encoding="utf-8"
            )
        case ".jsonl":
            frame.to_json(file, orient="records", lines=True, force_ascii=False)
        case _:
            frame.to_csv(file, sep=";", index=False, encoding="utf-8-sig")
    return file


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".json", ".jsonl", ".xlsx"])
def test_what_a_data_frame_writes_is_read(tmp_path, suffix):
    table = read_table(write(FRAME, tmp_path / f"answers{suffix}"))

    assert ("index", "prediction") == table.columns
    assert [["1", "да; нет"], ["2", '=1+1 "x"\nline']] == cells(table)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_is_cut_where_its_first_line_is(tmp_path, delimiter):
    file = tmp_path / "a.csv"
    file.write_text(f"id{delimiter}answer\n1{delimiter}x|y\n", encoding="utf-8")

    assert [["1", "x|y"]] == cells(read_table(file))


def test_a_row_is_named_by_the_line_it_starts_in(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text('id;answer\n1;"two\nlines"\n\n2;x\n', encoding="utf-8")

    assert ["line 2", "line 5"] == [row.place for row in read_table(file).rows]


def test_a_formula_is_text(tmp_path):
    """What begins with `=` is a formula for openpyxl, and for pandas with its default settings."""
    file = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["index", "prediction"])
    book.active.append([1, "=SUM(1,2)"])
    book.save(file)

    assert [["1", "=SUM(1,2)"]] == cells(read_table(file))


def test_gaps_and_numbers_in_a_workbook_are_text(tmp_path):
    file = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    for row in (["index", "prediction", None], [1.0, 2.5], [None, None], ["b", None], [True, "x"]):
        book.active.append(row)
    book.save(file)

    assert [["1", "2.5"], ["b", ""], ["True", "x"]] == cells(read_table(file))


def test_what_a_workbook_says_of_its_size_counts_for_nothing(tmp_path):
    file = write(FRAME, tmp_path / "a.xlsx")
    changed = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            assert "sheet1" not in name or b'<dimension ref="A1:B3"/>' in content
            new.writestr(
                name, content.replace(b'<dimension ref="A1:B3"/>', b'<dimension ref="A1"/>')
            )
    file.write_bytes(changed.getvalue())

    assert 2 == len(read_table(file).rows)


def test_what_workbooks_escape_is_read_as_it_was(tmp_path):
    frame = pd.DataFrame({"index": [1], "prediction": ["a\x1b[31m\r_x0041_"]})

    table = read_table(write(frame, tmp_path / "a.xlsx"))

    assert [["1", "a\x1b[31m\r_x0041_"]] == cells(table)


def test_an_answer_of_any_length_is_read_whole(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("id;answer\n1;" + "x" * 300_000 + "\n", encoding="utf-8")

    assert 300_000 == len(read_table(file).rows[0].cells["answer"])


def zip_with(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "it is empty"),
        ("a.csv", b"id;answer\n1\n", "line 2: 1 cells, expected 2"),
        ("a.csv", b"id;id\n1;2\n", "'id' is named twice"),
        ("a.csv", b"id;answer\n1;\xff\n", "not UTF-8"),
        ("a.csv", b'id;answer\n0;x\n1;"two\n2;x\n', "row that starts in line 3: unexpected end"),
        ("a.csv", b'id;answer\n0;"two\nlines"\n1;"x" is y\n', "row that starts in line 4: "),
        ("a.tsv", b'id\tanswer\n1\t"x" is y\n', "row that starts in line 2: "),
        ("a.csv", b'id;"answer\n', "row that starts in line 1: "),
        ("a.json", b'{"a": 1}', "no list of objects"),
        ("a.json", b"[1]", "entry 1: no object"),
        ("a.json", b"[" * 100_000, "no JSON"),
        ("a.jsonl", b'{"id": 1}\n{', "line 2: no JSON"),
        ("a.xlsx", b"no workbook", "no workbook"),
        ("a.xlsx", zip_with("a.txt", b"x"), "no workbook"),
        ("a.xlsx", zip_with("[Content_Types].xml", b"<no"), "no workbook"),
        ("a.parquet", b"", "its name ends in '.parquet'"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)

    with pytest.raises(UsageError, match=message.replace("[", r"\[")) as caught:
        read_table(tmp_path / name)

    assert str(tmp_path / name) in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        read_table(tmp_path / "gone.csv")


def test_entities_of_a_workbook_are_not_followed(tmp_path):
    """A workbook whose text is a file of this machine, or grows without end."""
    secret = tmp_path / "secret"
    secret.write_text("canary", encoding="utf-8")
    file = write(FRAME, tmp_path / "a.xlsx")
    changed = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("sharedStrings.xml"):
                doctype = f'<!DOCTYPE sst [<!ENTITY x SYSTEM "{secret.as_uri()}">]><sst'
                content = content.replace(b"<sst", doctype.encode(), 1)
                content = content.replace("да".encode(), b"&x;", 1)
            new.writestr(name, content)
    file.write_bytes(changed.getvalue())

    try:
        found = str(cells(read_table(file)))
    except UsageError as error:
        found = str(error)

    assert "canary" not in found


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=20)


@given(st.lists(TEXT, min_size=1, max_size=5))
@settings(max_examples=100, deadline=None)
def test_any_text_comes_back_from_a_csv(tmp_path_factory, texts):
    frame = pd.DataFrame({"id": range(len(texts)), "answer": texts})

    table = read_table(write(frame, tmp_path_factory.mktemp("t") / "a.csv"))

    assert texts == [row.cells["answer"] for row in table.rows]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id;answer\n1;да\n".encode("utf-16"), "UTF-16, not UTF-8"),
        ("id;answer\n1;yes\n2;да\n".encode("cp1251"), "not UTF-8, first in line 3"),
    ],
)
def test_what_is_not_utf_8_is_told_with_a_way_out(tmp_path, content, message):
    (tmp_path / "a.csv").write_bytes(content)

    with pytest.raises(UsageError, match=message) as caught:
        read_table(tmp_path / "a.csv")

    assert "save it as UTF-8" in (caught.value.next_step or "")


@pytest.mark.parametrize("number", ["9" * 5000, "[" * 100_000])
def test_advice_to_programmers_is_not_passed_on(tmp_path, number):
    (tmp_path / "a.json").write_text(f'[{{"id": {number}}}]', encoding="utf-8")

    with pytest.raises(UsageError) as caught:
        read_table(tmp_path / "a.json")

    assert "sys." not in str(caught.value)
    assert "thousands of digits" in str(caught.value)


def test_rows_may_end_in_carriage_returns_alone(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"id;answer\r1;x\r2;y\r")

    assert [["1", "x"], ["2", "y"]] == cells(read_table(tmp_path / "a.csv"))


def test_a_lone_carriage_return_needs_quotes_around_its_cell(tmp_path):
    (tmp_path / "a.csv").write_bytes(b'id;answer\n1;"a\rb"\n2;c\rd\n')

    with pytest.raises(UsageError, match=r"line \d: 1 cells, expected 2 .*line break"):
        read_table(tmp_path / "a.csv")


def test_a_lone_carriage_return_in_quotes_is_read(tmp_path):
    (tmp_path / "a.csv").write_bytes(b'id;answer\n1;"a\rb"\n')

    assert [["1", "a\rb"]] == cells(read_table(tmp_path / "a.csv"))
