"""Pages within their pixels."""

import pytest
from PIL import Image
from vlmhb_worker.backends.scale import scale_to


@pytest.mark.parametrize("size", [(1240, 1754), (300, 4000), (100, 100)])
def test_a_large_page_is_brought_within_its_pixels_and_keeps_its_shape(size: tuple[int, int]):
    page = scale_to(Image.new("RGB", size), None, 9_000)

    assert page.width * page.height <= 9_000
    assert size[0] / size[1] == pytest.approx(page.width / page.height, rel=0.1)


def test_a_small_page_is_made_large_enough():
    page = scale_to(Image.new("RGB", (30, 40)), 4_800, None)

    assert (60, 80) == page.size


def test_a_page_within_the_bounds_is_left_alone():
    page = Image.new("RGB", (30, 40))

    assert page is scale_to(page, 100, 1_200)
    assert page is scale_to(page, None, None)
