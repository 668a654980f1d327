"""A page as squares of one size, as InternVL was trained on it."""

from typing import Any, List, Tuple


def tile_grid(size: Tuple[int, int], least: int, most: int, side_px: int) -> Tuple[int, int]:
    """(columns, rows) of the grid whose shape is nearest to the page's.

    Of two equally near the larger, if the page has at least half as many pixels as it.
    Source: Chen et al. 2024, "How Far Are We to GPT-4V?", section 3.2.
    """
    width, height = size
    grids = [
        (columns, rows)
        for columns in range(1, most + 1)
        for rows in range(1, most + 1)
        if least <= columns * rows <= most
    ]
    best, smallest_distance = (1, 1), float("inf")
    for columns, rows in sorted(grids, key=lambda grid: grid[0] * grid[1]):
        distance = abs(width / height - columns / rows)
        is_large = width * height > 0.5 * side_px * side_px * columns * rows
        if distance < smallest_distance or (distance == smallest_distance and is_large):
            best, smallest_distance = (columns, rows), distance
    return best


def cut(page: Any, grid: Tuple[int, int], side_px: int, *, overview: bool) -> List[Any]:
    """The squares of the page, line by line, and then the whole page as one, if there are several.

    Args:
        page: PIL image in mode RGB.
        grid: columns and rows.
        side_px: of a square.
        overview: whether the whole page is shown too.
    """
    from PIL import Image

    columns, rows = grid
    whole = page.resize((columns * side_px, rows * side_px), Image.Resampling.BICUBIC)
    corners = [
        (column * side_px, row * side_px) for row in range(rows) for column in range(columns)
    ]
    squares = [whole.crop((x, y, x + side_px, y + side_px)) for x, y in corners]
    if overview and len(squares) > 1:
        squares.append(page.resize((side_px, side_px), Image.Resampling.BICUBIC))
    return squares
