"""Which image cells of VLMEvalKit's tables name another row, and which hold an image."""

from pathlib import Path

import pytest

from tests.unit.datasets.tables import b64, png, write_tsv
from tests.unit.datasets.test_vlmeval_tsv import ONE, only, problem
from vlmhb.datasets.vlmeval_images import MAX_REFERENCE_CHARS
from vlmhb.domain.sample import PageImage, UnreadablePage


def test_a_cell_as_long_as_a_name_may_be_is_one(tmp_path: Path):
    name = "x" * MAX_REFERENCE_CHARS

    expected = f"line 2: image is '{name}', which is no row with an image"
    assert expected == problem(write_tsv(tmp_path, {**ONE, "image": name}))


def test_a_longer_cell_is_an_image(tmp_path: Path):
    (page,) = only(tmp_path, image="x" * (MAX_REFERENCE_CHARS + 4)).pages

    assert isinstance(page, UnreadablePage)


@pytest.mark.parametrize("around", ["", " ", "\r", '""', "'", ","])
def test_what_stands_around_the_items_of_a_list_does_not_matter(tmp_path: Path, around: str):
    text = "[" + around.join(("", b64(png()), "")) + "]"
    cell = f'"{text}"' if '"' in around else text

    (page,) = only(tmp_path, image=cell).pages

    assert isinstance(page, PageImage)


def test_an_empty_list_is_no_page(tmp_path: Path):
    assert () == only(tmp_path, image="[" + " " * MAX_REFERENCE_CHARS + "]").pages
