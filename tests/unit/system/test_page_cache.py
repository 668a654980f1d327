"""An image is kept once, and what is kept is what was to be kept."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from vlmhb.errors import StorageError
from vlmhb.system.page_cache import PageCache

SHA256 = hashlib.sha256(b"page").hexdigest()


def test_the_same_image_is_kept_once(tmp_path: Path):
    cache = PageCache(tmp_path / "pages")

    file = cache.keep(b"page", ".png")
    written_at = file.stat().st_mtime_ns

    assert tmp_path / f"pages/{SHA256[:2]}/{SHA256}.png" == file == cache.path(SHA256, ".png")
    assert b"page" == file.read_bytes()
    assert (file, written_at) == (cache.keep(b"page", ".png"), file.stat().st_mtime_ns)


@pytest.mark.parametrize("damage", [b"pag", b"\0\0\0\0"])
def test_what_a_crash_left_is_written_anew(tmp_path: Path, damage: bytes):
    cache = PageCache(tmp_path)
    cache.keep(b"page", ".png").write_bytes(damage)

    assert b"page" == cache.keep(b"page", ".png").read_bytes()


@pytest.mark.parametrize("in_the_way", [SHA256[:2], f"{SHA256[:2]}/{SHA256}.png/x"])
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, in_the_way: str):
    cache = PageCache(tmp_path)
    (tmp_path / in_the_way).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / in_the_way).touch()

    with pytest.raises(StorageError, match=SHA256):
        cache.keep(b"page", ".png")


def test_a_page_that_many_take_at_once_is_whole_at_every_moment(tmp_path: Path):
    """Blank pages of documents that are rendered at once, or two runs with the same documents."""
    cache = PageCache(tmp_path / "pages")
    content = b"page" * 50_000
    sha256 = hashlib.sha256(content).hexdigest()
    made = tmp_path / "1-1.png"
    made.write_bytes(content)

    with ThreadPoolExecutor(4) as pool:
        taken = pool.map(lambda _: cache.take(made, sha256, ".png").read_bytes(), range(400))

        assert {content} == set(taken)
    assert [cache.path(sha256, ".png")] == [f for f in tmp_path.rglob("pages/**/*") if f.is_file()]


def test_a_page_that_cannot_be_taken_leaves_nothing(tmp_path: Path):
    with pytest.raises(StorageError, match=SHA256):
        PageCache(tmp_path / "pages").take(tmp_path / "gone.png", SHA256, ".png")

    assert [] == [file for file in tmp_path.rglob("*") if file.is_file()]


@pytest.mark.parametrize("damage", [b"pag", b"\0\0\0\0"])
def test_a_page_that_is_there_is_left_alone_unless_it_is_damaged(tmp_path: Path, damage: bytes):
    cache = PageCache(tmp_path / "pages")
    made = tmp_path / "1-1.png"
    made.write_bytes(b"page")
    before = cache.take(made, SHA256, ".png").stat()

    assert before.st_ino == cache.take(made, SHA256, ".png").stat().st_ino

    cache.path(SHA256, ".png").write_bytes(damage)
    assert b"page" == cache.take(made, SHA256, ".png").read_bytes()
