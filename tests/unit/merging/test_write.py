from dataclasses import replace
from pathlib import Path

import pytest

from tests.build import page, sample
from tests.unit.merging.parts import TASK, part
from vlmhb.errors import UsageError
from vlmhb.merging import Part, check_place, merge
from vlmhb.merging.write import pictures_of
from vlmhb.store import RunDir

DIGESTS = ("a" * 64, "b" * 64, "c" * 64, "../" * 20)


def with_pictures(folder: Path, *digests: str) -> Part:
    """A run of a page for each digest, with pictures of these."""
    (folder / "pages").mkdir(parents=True)
    for digest in digests:
        (folder / "pages" / f"{digest}.jpg").write_bytes(b"jpeg")
    samples = tuple(
        replace(sample(number), pages=(replace(page(), sha256=digest),))
        for number, digest in enumerate(DIGESTS)
    )
    one = part(folder.name, {}, tasks=(replace(TASK, samples=samples),))
    return replace(one, run_dir=RunDir(folder))


def test_each_page_has_the_picture_of_the_first_part_that_has_one(tmp_path: Path):
    first = with_pictures(tmp_path / "first", DIGESTS[0])
    second = with_pictures(tmp_path / "second", *DIGESTS[:2])

    found = pictures_of(merge((first, second)), (first, second))

    assert {
        DIGESTS[0]: first.run_dir.thumbnail(DIGESTS[0]),
        DIGESTS[1]: second.run_dir.thumbnail(DIGESTS[1]),
    } == found


def test_a_link_is_no_picture(tmp_path: Path):
    """A run from elsewhere would have the reader's own files copied into what is passed on."""
    first = with_pictures(tmp_path / "first", DIGESTS[1])
    second = with_pictures(tmp_path / "second", DIGESTS[0])
    private = tmp_path / "private"
    private.write_text("key")
    for digest in (DIGESTS[0], DIGESTS[2]):
        first.run_dir.thumbnail(digest).symlink_to(private)

    found = pictures_of(merge((first, second)), (first, second))

    assert {
        DIGESTS[0]: second.run_dir.thumbnail(DIGESTS[0]),
        DIGESTS[1]: first.run_dir.thumbnail(DIGESTS[1]),
    } == found


@pytest.mark.parametrize("out", ["a/all", "a/derived/deep/all", "link/all", "a"])
def test_a_run_does_not_lie_inside_of_one_that_it_is_merged_of(tmp_path: Path, out: str):
    (tmp_path / "a").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "a")

    with pytest.raises(UsageError, match=r"it is inside of .*a, which is to be merged"):
        check_place(tmp_path / out, (tmp_path / "b", tmp_path / "a"))


def test_a_run_may_lie_beside_those_that_it_is_merged_of(tmp_path: Path):
    (tmp_path / "a").mkdir()

    check_place(tmp_path / "ab", (tmp_path / "a", tmp_path / "b"))
