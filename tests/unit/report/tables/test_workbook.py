import io
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest

from tests.guides import GUIDE
from tests.strict_xlsx import faults_of
from vlmhb.report.tables.workbook import CELL_CHARS, CHANGED, Workbook, cell_text

MARK = " […cut; the whole text is in answers.csv]"


def made(*rows: tuple[object, ...], header: tuple[str, ...] = ("name", "figure")) -> bytes:
    with Workbook() as book:
        book.add_sheet("table", header, rows, "answers.csv")  # type: ignore[arg-type]
        return book.finish()


def read(content: bytes) -> dict[str, list[tuple[object, ...]]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}


def as_written(cell: str) -> str:
    """A cell that is marked as escaped, as outputs.md says to read it."""
    (code,) = re.findall(r"`(re\.sub\(.*, cell\))`", (GUIDE / "outputs.md").read_text("utf-8"))
    return str(eval(code, {"re": re, "cell": cell}))  # noqa: S307 - a page of this repository


@pytest.mark.parametrize(
    ("text", "cell", "change"),
    [
        ("=1+1", "=1+1", ""),
        ("a\x1bb", "a\\x1bb", "escaped"),
        ("\udc80", "\\udc80", "escaped"),
        ("\ufffe", "\\ufffe", "escaped"),
        ("a\r\nb", "a\\x0d\nb", "escaped"),
        ("_x0041_x0042_", "\\x5fx0041\\x5fx0042_", "escaped"),
        ("\\x1b \\x1", "\\x1b \\x1", ""),
        ("\\x1b \\x1 \0", "\\x5cx1b \\x1 \\x00", "escaped"),
        ("x" * CELL_CHARS, "x" * CELL_CHARS, ""),
        ("x" * 40_000, "x" * (CELL_CHARS - len(MARK)) + MARK, "cut"),
        ("\0" * 40_000, ("\\x00" * CELL_CHARS)[: CELL_CHARS - len(MARK)] + MARK, "escaped, cut"),
    ],
)
def test_a_cell_holds_what_it_can(text: str, cell: str, change: str):
    assert (cell, change) == cell_text(text, "answers.csv")
    if change == "escaped":
        assert text == as_written(cell)


def test_letters_of_two_units_are_not_cut_in_half():
    text, change = cell_text("\U0001f600" * CELL_CHARS, "answers.csv")

    assert "cut" == change
    assert len(text.encode("utf-16-le")) // 2 <= CELL_CHARS
    assert "" == text.removesuffix(MARK).strip("\U0001f600")


def test_rows_beyond_the_format_go_on_in_another_sheet():
    rows = [(f"row {index}", index) for index in range(7)]
    with Workbook(sheet_rows=4) as book:
        book.add_sheet("seven", ("name", "figure"), rows, "answers.csv")
        book.add_sheet("three", ("name", "figure"), rows[:3], "answers.csv")
        sheets = read(book.finish())

    assert ["seven", "seven 2", "seven 3", "three"] == list(sheets)
    assert {("name", "figure", CHANGED)} == {rows[0] for rows in sheets.values()}
    figures = [row[1] for found in sheets.values() for row in found[1:]]
    assert [*range(7), *range(3)] == figures


def test_what_was_changed_is_named_and_shaded():
    content = made(("\0", 0.5), ("a" * 40_000, 1), ("=1+1", 2))

    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert ["name escaped", "name cut", None] == [cell.value for cell in sheet["C"][1:]]
    fills = [cell.fill.fgColor.rgb for cell in sheet["A"][1:]]
    assert fills == ["FFFFE8C7", "FFFFE8C7", "00000000"]


def test_numbers_are_numbers_of_a_readable_format():
    content = made(("cer", 0.1180339887498949), ("n", 12), ("none", None), ("nan", float("nan")))

    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    cells = sheet["B"][1:]
    assert [(0.1180339887, "0.000"), (12, "0")] == [(c.value, c.number_format) for c in cells[:2]]
    assert [None, None] == [cell.value for cell in cells[2:]]


def test_the_header_stays_in_sight_and_filters():
    sheet = openpyxl.load_workbook(io.BytesIO(made(("a", 1), ("b", 2)))).active

    assert ("A2", "A1:C3") == (sheet.freeze_panes, sheet.auto_filter.ref)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (b'<c r="B2" s="3"><v>1</v>', b'<c r="B2" s="3"><f>1+1</f><v>2</v>', "B2 is a n of"),
        (b'<c r="B2"', b'<c r="A2"', "A2 is at no place of its own"),
        (b'<row r="3"', b'<row r="2"', "row 2 comes after 2"),
        (b's="3"', b's="99"', "B2 has a style that is not there"),
        (b"<v>1</v>", b"<v>NaN</v>", "B2 is the number NaN"),
        (b"<v>1</v>", b"<v>1</v", "sheet1.xml is no XML"),
        (b"<t>a</t>", b"<t>&#0;</t>", "sheet1.xml is no XML"),
        (b"<t>a</t>", b"<t>a </t>", "A2 would lose its space"),
        (b"<t>a</t>", b"<t>_x0007_</t>", "A2 the cell means the character 0007"),
        (b"<t>a</t>", b"<t>" + b"a" * 32_768 + b"</t>", "A2 the cell has more text"),
        (b"<pageMargins", b"<hyperlinks/><pageMargins", "has <hyperlinks>"),
        (b"A1:C3", b"A1:C9", "filters A1:C9, beyond its cells"),
        (b'name="table"', b'name="a/b"', "a sheet cannot be called 'a/b'"),
        (b'Target="worksheets/sheet1.xml"', b'Target="gone.xml"', "there is no gone.xml"),
        (b"_xlnm._FilterDatabase", b"evil", "the name evil means something"),
        (b"/xl/styles.xml", b"/xl/style.xml", "/xl/style.xml has a type and is not there"),
    ],
)
def test_the_strict_reader_finds_what_is_wrong(old: bytes, new: bytes, fault: str):
    content = made(("a", 1), ("b", 2))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    spoilt = io.BytesIO()
    with zipfile.ZipFile(spoilt, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part.replace(old, new))

    assert [] == faults_of(content)
    assert any(fault in told for told in faults_of(spoilt.getvalue()))


FULL = """
import resource
from vlmhb.report.tables.workbook import Workbook
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
with Workbook() as book:
    try:
        book.add_sheet("table", ["name"], (["a" * 1000] for _ in range(ROWS)), "answers.csv")
        book.finish()
    except Exception as error:
        print(type(error).__name__, error)
"""


@pytest.mark.parametrize("rows", ["1000", "1"])
def test_a_full_disk_is_told_and_nothing_stays_behind(tmp_path: Path, rows: str):
    """Rows go through temporary files; the limit on their size stands for a disk that is full.

    Many rows meet it when they are added, few of them when the file is made.
    """
    end = subprocess.run(
        [sys.executable, "-c", FULL.replace("ROWS", rows)],
        env={"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert f"StorageError cannot make results.xlsx by way of {tmp_path}" in end.stdout
    assert "TMPDIR" in end.stdout
    assert [] == list(tmp_path.iterdir())
