"""What a dataset lacks, told before anything is fetched."""

import io
import tarfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from vlmhb.datasets.cache import DatasetCache
from vlmhb.datasets.fetch import located, to_fetch
from vlmhb.domain.task import DatasetRef, SourceFile
from vlmhb.errors import DatasetError, DownloadError
from vlmhb.system.download import partial_of

NOWHERE = "http://127.0.0.1:9"
"""Nobody is asked in these tests."""
TABLE = b"index\n1\n"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("LMUData", raising=False)


@pytest.fixture
def cache(tmp_path: Path) -> DatasetCache:
    return DatasetCache(tmp_path / "cache", offline=True)


def source(path: str, content: bytes = TABLE, size_bytes: int = 0) -> SourceFile:
    digest = sha256(content).hexdigest()
    return SourceFile(f"{NOWHERE}/{path}", path, digest, size_bytes=size_bytes)


def dataset(*sources: SourceFile, root: str = "") -> DatasetRef:
    return DatasetRef("pages", "vlmeval_tsv", root, "a.tsv", "own work", source=sources)


def test_what_is_still_to_come_is_told_when_all_sizes_are_known(cache: DatasetCache):
    asked = dataset(source("a.tsv", size_bytes=500), source("b/c.tsv", b"c", size_bytes=70))
    found = to_fetch(asked, cache)
    assert found is not None
    sizes = [found.size_bytes]
    part = partial_of(found.folder / "b/c.tsv")
    part.parent.mkdir(parents=True)

    for got_bytes in (30, 900):
        part.write_bytes(b"x" * got_bytes)
        sizes.append(found.size_bytes)

    # A partial file that is too long is no reason to expect less of the others.
    assert [570, 540, 500] == sizes


def test_an_archive_that_was_put_there_by_hand_is_not_still_to_come(cache: DatasetCache):
    archive = replace(source("images.zip", b"zip", size_bytes=3), unpack=True)
    found = to_fetch(dataset(source("a.tsv", size_bytes=500), archive), cache)
    assert found is not None
    found.folder.mkdir(parents=True)

    (found.folder / "images.zip").write_bytes(b"zip")

    assert 500 == found.size_bytes


def test_of_files_that_are_here_already_none_is_to_come(cache: DatasetCache, tmp_path: Path):
    asked = dataset(
        source("a.tsv", size_bytes=8), source("b.tsv", b"c", size_bytes=70), root=str(tmp_path)
    )
    (tmp_path / "a.tsv").write_bytes(TABLE)

    found = to_fetch(asked, cache)

    assert found is not None
    assert () == found.elsewhere  # b.tsv is not there, which is no other file


def test_files_unpacked_by_hand_need_no_archive(cache: DatasetCache, tmp_path: Path):
    archive = replace(source("images.zip", b"gone"), unpack=True)
    (tmp_path / "a.tsv").write_bytes(TABLE)

    found = located(dataset(source("a.tsv"), archive, root=str(tmp_path)), cache)

    assert str(tmp_path) == found.root


def test_two_files_that_go_to_one_place_are_refused(cache: DatasetCache):
    sources = [source(path) for path in ("z.tsv", "m.tsv", "b.tsv", "z.tsv", "m.tsv", "b.tsv")]

    with pytest.raises(DatasetError, match=r"different places, not two to b\.tsv"):
        to_fetch(dataset(*sources), cache)


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "cache").write_text("a file")
    cache = DatasetCache(tmp_path / "cache")

    with pytest.raises(DownloadError, match="cannot keep dataset 'pages'") as caught:
        located(dataset(source("a.tsv")), cache)
    assert "VLMHB_DATASETS" in str(caught.value)


def test_an_archive_is_told_with_what_is_wrong_with_it_and_the_way_out(cache: DatasetCache):
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc"
        archive.addfile(link)
    packed = replace(source("all.tar", content.getvalue()), unpack=True)
    asked = dataset(packed)
    first = to_fetch(asked, cache)
    assert first is not None
    first.folder.mkdir(parents=True)
    (first.folder / "all.tar").write_bytes(content.getvalue())

    with pytest.raises(DownloadError, match="'link' in it is no regular file") as caught:
        located(asked, cache)
    assert "unpack it by hand, and name `root`" in str(caught.value)
