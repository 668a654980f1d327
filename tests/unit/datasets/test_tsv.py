"""Cells are told apart as the csv module does it, each with its place in the file."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmhb.datasets.tsv import MAX_CELL_BYTES, Cell, RowProblem, read_rows


class Trickle(io.BytesIO):
    """A file of which little is read at once, so that everything is cut somewhere."""

    def __init__(self, content: bytes, step: int) -> None:
        super().__init__(content)
        self.step = step

    def read(self, _size: int | None = -1) -> bytes:
        return super().read(self.step)


def rows(content: bytes, step: int = 1 << 20) -> list[tuple[int, list[bytes | None]]]:
    found = read_rows(Trickle(content, step), (b"image",), 8)
    return [(row.line, [cell.content for cell in row.cells]) for row in found]


def by_csv(text: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t")
    return [row for row in reader if row and row != [""]]


@given(st.text(alphabet='ab"\t\nя', max_size=40), st.integers(1, 5))
def test_cells_are_those_of_the_csv_module(text: str, step: int):
    is_open = by_csv(text + "\tZ")[-1][-1].endswith("\tZ")

    if is_open:
        with pytest.raises(RowProblem, match="has no end"):
            rows(text.encode(), step)
    else:
        found = [
            [(cell or b"").decode() for cell in cells] for _, cells in rows(text.encode(), step)
        ]
        assert by_csv(text) == found


@given(st.lists(st.text(alphabet='a"\t\n', max_size=6), min_size=1, max_size=4), st.integers(1, 4))
def test_a_cell_is_found_again_at_its_place(cells: list[str], step: int):
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter="\t", lineterminator="\n").writerow(["x", *cells])
    content = buffer.getvalue().encode()

    (row,) = read_rows(Trickle(content, step), (), 0)

    raw = [content[cell.offset : cell.offset + cell.length] for cell in row.cells]
    assert ["x", *cells] == [part.decode().replace('""', '"') for part in raw]


def test_rows_may_end_as_on_windows_and_a_mark_may_come_first():
    content = b'\xef\xbb\xbfa\tb\r\n1\t"2"\r\n\r\n3\t'

    assert [(1, [b"a", b"b"]), (2, [b"1", b"2"]), (4, [b"3", b""])] == rows(content)


def test_lines_are_counted_through_quoted_cells():
    content = b'a\n"x\ny\n"\nb\n'

    assert [1, 2, 5] == [line for line, _ in rows(content, 2)]


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_of_a_long_cell_only_the_place_is_kept(step: int):
    table = b'a\timage\n"x"\t' + b"y" * 9 + b'\nz\t"' + b"y" * 8 + b'"\n'

    _, long, short = read_rows(Trickle(table, step), (b"image",), 8)

    assert Cell(12, 9, None) == long.cells[1]
    assert Cell(25, 8, b"y" * 8) == short.cells[1]


def test_another_cell_that_is_long_is_named():
    table = io.BytesIO(b"a\nb\n" + b"y" * (MAX_CELL_BYTES + 1))

    with pytest.raises(RowProblem, match="line 3: a cell of more than 16,777,216 bytes"):
        list(read_rows(table, (b"image",), 8))


def test_a_quote_without_an_end_is_named_by_the_line_it_starts_in():
    with pytest.raises(RowProblem, match="line 2: a quoted cell that starts in this row has no"):
        rows(b'a\n"b\nc\n')


def test_a_carriage_return_ends_a_row_only_before_its_newline():
    assert [(1, [b"q", b"x\r", b"y"]), (2, [b"z\r"])] == rows(b'"q"\tx\r\ty\r\n"z\r"\n')


def test_a_row_that_is_one_empty_quoted_cell_is_left_out():
    assert [(1, [b"a"]), (3, [b"b"])] == rows(b'a\n""\nb\n')


@pytest.mark.parametrize("step", [1, 3, 1000])
@pytest.mark.parametrize(
    ("length", "content"), [(7, b"y" * 7), (8, b"y" * 8), (9, None), (10, None)]
)
def test_a_row_that_ends_as_on_windows_has_its_last_cell_at_its_place(
    length: int, content: bytes | None, step: int
):
    table = b'a\timage\r\n"x"\t' + b"y" * length + b"\r\n"

    _, row = read_rows(Trickle(table, step), (b"image",), 8)

    assert Cell(13, length, content) == row.cells[1]
