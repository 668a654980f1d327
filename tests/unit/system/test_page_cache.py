"""An image is kept once, and what is kept is what was to be kept."""

import hashlib
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
