"""Boxes that an engine finds become text in the order a person reads it."""

import math
import random

from vlmhb_worker.backends.reading_order import Cell, cell_of_quad, page_text, tidy_lines


def cell(text: str, left: float, middle: float, width: float = 100, height: float = 20) -> Cell:
    return Cell(text=text, left=left, right=left + width, middle=middle, height=height)


def turned(text: str, left: float, top: float, width: float, degrees: float) -> Cell:
    """A box of 20 pixels height on a page turned about its upper left corner."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    corners = [(left, top), (left + width, top), (left + width, top + 20), (left, top + 20)]
    return cell_of_quad(text, [(x * cos - y * sin, x * sin + y * cos) for x, y in corners])


def column(prefix: str, left: float, lines: int, width: float = 300) -> list[Cell]:
    return [cell(f"{prefix}{n}", left, 100 + 30 * n, width) for n in range(lines)]


def test_cells_of_one_line_are_joined_by_a_space_from_left_to_right():
    row = [cell("254 094,54", 900, 102), cell("1", 80, 98), cell("Монтаж", 130, 100)]

    assert "1 Монтаж 254 094,54" == page_text(row)


def test_lines_are_joined_by_a_line_break_from_top_to_bottom():
    assert "first\nsecond" == page_text([cell("second", 0, 60), cell("first", 0, 30)])


def test_lines_do_not_depend_on_the_order_in_which_boxes_were_found():
    cells = [
        cell(f"{row}.{place}", 150 * place, 30 * row) for row in range(9) for place in range(5)
    ]
    expected = page_text(cells)
    random.Random(0).shuffle(cells)

    assert expected == page_text(cells)


def test_a_page_turned_by_two_degrees_keeps_its_lines():
    """Two degrees move the end of a line by more than the height of a line."""
    rows = [("Поставщик:", "ЛокоТех"), ("Итого:", "449 764,88"), ("НДС:", "74 960,81")]
    cells = [
        turned(text, left, 100 + 30 * number, 150, degrees=2)
        for number, row in enumerate(rows)
        for text, left in zip(row, (80, 980), strict=True)
    ]

    assert "Поставщик: ЛокоТех\nИтого: 449 764,88\nНДС: 74 960,81" == page_text(cells)


def test_a_tall_cell_does_not_swallow_the_lines_beside_it():
    """A stamp or a drop cap is as high as several lines."""
    lines = [cell(f"line{n}", 0, 100 + 30 * n) for n in range(3)]

    assert "line0\nline1 stamp\nline2" == page_text([cell("stamp", 500, 130, height=90), *lines])


def test_columns_of_running_text_are_read_one_after_the_other():
    page = column("left", 0, 6) + column("right", 340, 6)

    assert [f"left{n}" for n in range(6)] + [f"right{n}" for n in range(6)] == page_text(
        page
    ).splitlines()


def test_a_heading_across_columns_stands_before_them_and_a_footer_after():
    heading, footer = cell("heading", 0, 40, 640), cell("footer", 0, 400, 640)
    page = [footer, *column("right", 340, 6), *column("left", 0, 6), heading]

    lines = page_text(page).splitlines()

    assert ("heading", "left0", "right5", "footer") == (lines[0], lines[1], lines[-2], lines[-1])


def test_four_columns_are_read_from_left_to_right():
    page = [line for n in range(4) for line in column(f"c{n}-", 340 * n, 5)]

    assert [f"c{n}-{line}" for n in range(4) for line in range(5)] == page_text(page).splitlines()


def test_table_rows_stay_whole():
    """Short cells, however many rows: a table is read by rows."""
    page = column("name", 0, 12) + column("sum", 340, 12, width=90)

    assert [f"name{n} sum{n}" for n in range(12)] == page_text(page).splitlines()


def test_two_addresses_side_by_side_are_no_columns():
    page = column("supplier", 0, 4) + column("customer", 340, 4)

    assert "supplier0 customer0" == page_text(page).splitlines()[0]


def test_cells_without_text_leave_no_trace():
    assert "total" == page_text([cell(" ", 0, 30), cell("total", 0, 60), cell("", 200, 60)])


def test_a_page_without_cells_has_no_text():
    assert page_text([]) == ""


def test_a_box_of_no_width_has_no_slope():
    """A detector may return a box turned by a right angle, or a point."""
    assert 0.0 == cell_of_quad("|", [(10, 10), (10, 10), (10, 40), (10, 40)]).slope


def test_tidy_lines_drop_layout_and_keep_every_letter():
    assert "Итого: 1,00\n거래 명세서" == tidy_lines("\n  Итого:   1,00 \n\n\n거래 명세서\n\x0c")
