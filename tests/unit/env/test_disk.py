"""Sizes are what deleting frees, not what the names add up to."""

import os
from pathlib import Path

import pytest

from vlmhb.env.disk import Tally, Usage

MIB = 1 << 20


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A cache and two envs; each has a file of its own, one of the other's and a cached one."""
    cache, one, two = (tmp_path / name for name in ("cache", "one", "two"))
    for folder in (cache, one, two):
        (folder / "deep").mkdir(parents=True)
    for folder in (one, two):
        _write(folder / "deep/own")
    _write(cache / "deep/cached")
    _write(one / "both")
    os.link(one / "both", two / "deep/both")
    for folder in (one, two):
        os.link(cache / "deep/cached", folder / "cached")
    return cache, one, two


def _write(path: Path) -> None:
    path.write_bytes(os.urandom(MIB))


def test_a_file_counts_once_however_many_names_it_has(folders):
    _, one, two = folders

    assert Usage(unique_bytes=3 * MIB, shared_bytes=MIB) == Tally([one, two]).usage()


def test_a_file_with_a_name_outside_is_not_freed(folders):
    _, one, _ = folders

    assert Usage(unique_bytes=MIB, shared_bytes=2 * MIB) == Tally([one]).usage()
    assert MIB == Tally([one]).usage().unique_bytes


def test_two_names_in_one_folder_are_freed_together(tmp_path):
    _write(tmp_path / "a")
    os.link(tmp_path / "a", tmp_path / "b")

    assert Usage(unique_bytes=MIB, shared_bytes=0) == Tally([tmp_path]).usage()


def test_the_last_of_two_envs_frees_what_they_share(folders):
    _, one, two = folders
    tally = Tally([one, two])

    first = tally.freed_bytes(one)
    tally.drop(one)

    assert MIB == first
    assert 2 * MIB == tally.freed_bytes(two)
    assert Usage(unique_bytes=2 * MIB, shared_bytes=MIB) == tally.usage()


def test_nothing_is_left_when_all_are_gone(folders):
    _, one, two = folders
    tally = Tally([one, two])

    tally.drop(one)
    tally.drop(two)

    assert Usage(0, 0) == tally.usage()


def test_links_to_other_files_do_not_count_as_these(tmp_path):
    target, folder = tmp_path / "target", tmp_path / "folder"
    folder.mkdir()
    _write(target)
    (folder / "link").symlink_to(target)

    assert Tally([folder]).usage().unique_bytes < MIB


def test_a_folder_that_is_gone_takes_nothing(tmp_path):
    assert Usage(0, 0) == Tally([tmp_path / "gone"]).usage()


def test_a_file_in_the_place_of_a_folder_takes_nothing(tmp_path):
    _write(tmp_path / "file")

    assert Usage(0, 0) == Tally([tmp_path / "file"]).usage()
