"""Which paths of others are taken."""

import pytest

from vlmhb.system.hub_files import is_inside


@pytest.mark.parametrize("path", ["a", "a/b.tsv", "..a/b..", "Ж/а b"])
def test_a_path_below_the_folder_is_inside(path: str):
    assert is_inside(path)


@pytest.mark.parametrize(
    "path", ["", ".", "..", "/", "/a", "a/..", "a/../b", "./a", "a//b", "a/", "a\0b", "a\\b"]
)
def test_every_other_path_is_not(path: str):
    assert not is_inside(path)
