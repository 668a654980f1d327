"""Pieces of text found on a page, put into the order a person reads them."""

from dataclasses import dataclass, replace
from statistics import median
from typing import List, Optional, Sequence, Tuple

MIN_COLUMN_LINES = 5
"""Fewer lines side by side are the rows of a table or two addresses."""

LONG_LINE = 6
"""Width of a line of running text, in line heights: about a dozen letters."""


@dataclass(frozen=True)
class Cell:
    """A piece of text and where it stands; pixels, y downwards."""

    text: str
    left: float
    right: float
    middle: float
    """Height of its centre."""
    height: float
    slope: float = 0.0
    """How far its baseline falls per pixel to the right."""


def cell_of_quad(text: str, corners: Sequence[Sequence[float]]) -> Cell:
    """The cell of a box given by its corners: top left, top right, bottom right, bottom left."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners
    run = (x1 + x2 - x0 - x3) / 2
    fall = (y1 + y2 - y0 - y3) / 2
    return Cell(
        text=text,
        left=min(x0, x3),
        right=max(x1, x2),
        middle=(y0 + y1 + y2 + y3) / 4,
        height=max((y2 + y3 - y0 - y1) / 2, 1.0),
        slope=fall / run if run > 0 else 0.0,
    )


def page_text(cells: Sequence[Cell]) -> str:
    """The text line by line: cells of one line joined by a space, lines by a line break.

    Columns of running text are read one after the other, table rows from left to right.
    """
    lines = [line for block in _blocks(_levelled(cells)) for line in _lines(block)]
    return tidy_lines("\n".join(" ".join(cell.text for cell in line) for line in lines))


def tidy_lines(text: str) -> str:
    """`text` without empty lines, indents and runs of spaces: those are layout, not text."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _levelled(cells: Sequence[Cell]) -> List[Cell]:
    """The cells of a page turned level; short boxes say too little about the angle to be asked."""
    slopes = [cell.slope for cell in cells if cell.right - cell.left > 3 * cell.height]
    slope = median(slopes) if slopes else 0.0
    return [
        replace(cell, middle=cell.middle - slope * (cell.left + cell.right) / 2) for cell in cells
    ]


def _lines(cells: Sequence[Cell]) -> List[List[Cell]]:
    """Cells whose centres are at one height, from left to right; lines from top to bottom."""
    lines: List[List[Cell]] = []
    for cell in sorted(cells, key=lambda cell: cell.middle):
        for line in lines:
            middle = sum(other.middle for other in line) / len(line)
            height = min(cell.height, *(other.height for other in line))
            if abs(cell.middle - middle) <= height / 2:
                line.append(cell)
                break
        else:
            lines.append([cell])
    return [sorted(line, key=lambda cell: cell.left) for line in lines]


def _blocks(cells: Sequence[Cell]) -> List[List[Cell]]:
    """Parts of the page that are read one after the other."""
    ordered = sorted(cells, key=lambda cell: cell.middle)
    cut = _longest_columns(ordered)
    if cut is None:
        return [ordered]
    first, last, x = cut
    left = [cell for cell in ordered[first:last] if cell.right <= x]
    right = [cell for cell in ordered[first:last] if cell.left >= x]
    parts = (ordered[:first], left, right, ordered[last:])
    return [block for part in parts if part for block in _blocks(part)]


def _longest_columns(cells: Sequence[Cell]) -> Optional[Tuple[int, int, float]]:
    """(first, last, x): the run of cells with most text that a vertical line at x parts in two."""
    best: Optional[Tuple[int, int, float]] = None
    most = 0
    for x in sorted({cell.right for cell in cells}):
        first = 0
        for last in range(len(cells) + 1):
            if last < len(cells) and not cells[last].left < x < cells[last].right:
                continue
            length = _column_lines(cells[first:last], x)
            if length > most:
                best, most = (first, last, x), length
            first = last + 1
    return best


def _column_lines(cells: Sequence[Cell], x: float) -> int:
    """How many lines of running text stand left and right of x; 0 if these are no columns."""
    left = [_is_line(cell) for cell in cells if cell.right <= x]
    right = [_is_line(cell) for cell in cells if cell.left >= x]
    for side in (left, right):
        if sum(side) < max(MIN_COLUMN_LINES, len(side) / 2):
            return 0
    return sum(left) + sum(right)


def _is_line(cell: Cell) -> bool:
    """Table cells are short, or stand alone in their column."""
    return cell.right - cell.left > LONG_LINE * cell.height
