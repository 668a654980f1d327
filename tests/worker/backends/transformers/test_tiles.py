"""A page as squares."""

import pytest
from PIL import Image
from vlmhb_worker.backends.transformers.families.tiles import cut, tile_grid


@pytest.mark.parametrize(
    ("size", "grid"),
    [
        ((448, 448), (1, 1)),
        ((2480, 3508), (2, 3)),  # A4 at 300 dpi
        ((3508, 2480), (4, 3)),
        ((4000, 300), (12, 1)),
        ((10, 10), (1, 1)),
        ((2000, 2000), (3, 3)),
    ],
)
def test_the_grid_has_the_shape_of_the_page(size: tuple[int, int], grid: tuple[int, int]):
    assert grid == tile_grid(size, least=1, most=12, side_px=448)


def test_a_small_page_gets_the_smaller_of_two_grids_of_its_shape():
    assert (1, 2) == tile_grid((100, 200), least=1, most=12, side_px=448)
    assert (2, 4) == tile_grid((900, 1800), least=1, most=12, side_px=448)


def test_the_grid_stays_within_its_bounds():
    assert (1, 1) == tile_grid((3000, 4000), least=1, most=1, side_px=448)
    assert (2, 2) == tile_grid((10, 10), least=3, most=4, side_px=448)


def test_squares_are_cut_line_by_line_and_the_overview_comes_last():
    page = Image.new("L", (40, 40))
    for shade, corner in enumerate([(0, 0), (20, 0), (0, 20), (20, 20)]):
        page.paste(50 * shade, (*corner, corner[0] + 20, corner[1] + 20))

    squares = cut(page, (2, 2), 10, overview=True)

    assert [(10, 10)] * 5 == [square.size for square in squares]
    assert [0, 50, 100, 150] == [square.getpixel((5, 5)) for square in squares[:4]]
    assert (0, 150) == (squares[4].getpixel((1, 1)), squares[4].getpixel((8, 8)))


def test_a_single_square_is_its_own_overview():
    assert 1 == len(cut(Image.new("RGB", (40, 40)), (1, 1), 10, overview=True))
