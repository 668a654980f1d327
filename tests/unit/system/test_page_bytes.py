"""A page is the same bytes as when the dataset was read, or a clear error."""

import base64
import hashlib
from pathlib import Path

import pytest

from vlmhb.domain.sample import PageImage, Span
from vlmhb.system.page_bytes import ChangedPageError, page_file, read_bytes

SHA256 = hashlib.sha256(b"page").hexdigest()


def page(file: str = "", span: Span | None = None) -> PageImage:
    return PageImage("a.png", SHA256, 1, 1, file, span)


def test_a_page_is_a_file_below_the_root_or_another_or_a_part_of_one(tmp_path: Path):
    (tmp_path / "a.png").write_bytes(b"page")
    (tmp_path / "b.tsv").write_bytes(b"x" + base64.b64encode(b"page"))
    table = str(tmp_path / "b.tsv")

    assert b"page" == read_bytes(str(tmp_path), page())
    assert b"page" == read_bytes("/never", page(str(tmp_path / "a.png")))
    assert b"page" == read_bytes("/never", page(table, Span(1, 8)))
    assert (tmp_path / "a.png", tmp_path / "b.tsv") == (
        page_file(str(tmp_path), page()),
        page_file("/never", page(table)),
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (base64.b64encode(b"pagf"), "^its file has changed since the dataset was read"),
        (b"!!!!!!!!", "^its file has changed since the dataset was read"),
        (b"AA", "^its file has changed since the dataset was read"),
        (None, "^its file cannot be read: No such file or directory"),
    ],
)
def test_a_file_that_holds_something_else_is_told(
    tmp_path: Path, content: bytes | None, problem: str
):
    if content is not None:
        (tmp_path / "a.tsv").write_bytes(content)

    with pytest.raises(ChangedPageError, match=problem):
        read_bytes("", page(str(tmp_path / "a.tsv"), Span(0, 8)))
