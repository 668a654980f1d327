"""Every page that is an image gets a small picture, wherever it is kept."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tests.build import loaded, sample
from tests.unit.datasets.tables import b64, png
from vlmhb.domain.sample import PageImage, Span, UnreadablePage
from vlmhb.domain.task import DatasetRef
from vlmhb.errors import StorageError
from vlmhb.store.run_dir import RunDir
from vlmhb.store.thumbnails import ThumbnailWriter


def test_pages_in_files_in_the_cache_and_in_tables_are_pictured(tmp_path: Path):
    contents = [png(40), png(50), png(60)]
    (tmp_path / "a.png").write_bytes(contents[0])
    (tmp_path / "kept.image").write_bytes(contents[1])
    (tmp_path / "table.tsv").write_text("x" + b64(contents[2]))
    shas = [hashlib.sha256(content).hexdigest() for content in contents]
    table = str(tmp_path / "table.tsv")
    pages = (
        PageImage("a.png", shas[0], 40, 20),
        PageImage("b", shas[1], 50, 20, str(tmp_path / "kept.image")),
        PageImage("c", shas[2], 60, 20, table, Span(1, len(b64(contents[2])))),
        PageImage("changed", "0" * 64, 60, 20, table, Span(0, 8)),
        UnreadablePage("d", "1" * 64, "no image"),
    )
    dataset = DatasetRef("d", "annotation_csv", str(tmp_path), "a.csv", "none")
    run_dir = RunDir(tmp_path / "run")
    run_dir.pages.mkdir(parents=True)
    task = loaded((replace(sample(), pages=pages),), dataset=dataset)

    with ThumbnailWriter(run_dir, (task,)):
        pass

    widths = []
    for sha256 in shas:
        with Image.open(run_dir.thumbnail(sha256)) as image:
            widths.append(image.width)
    assert [40, 50, 60] == widths
    assert 3 == len(list(run_dir.pages.iterdir()))


def test_several_threads_make_each_picture_once_and_tell_of_it(tmp_path: Path):
    contents = [png(40 + number) for number in range(30)]
    pages = []
    for number, content in enumerate(contents):
        (tmp_path / f"{number}.png").write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        pages.append(PageImage(f"{number}.png", sha256, 40 + number, 20))
    dataset = DatasetRef("d", "annotation_csv", str(tmp_path), "a.csv", "none")
    run_dir = RunDir(tmp_path / "run")
    run_dir.pages.mkdir(parents=True)
    task = loaded((replace(sample(), pages=tuple(pages)),), dataset=dataset)
    told: list[tuple[int, int]] = []

    with ThumbnailWriter(run_dir, (task,), 4, lambda *counts: told.append(counts)):
        pass

    assert 30 == len(list(run_dir.pages.iterdir()))
    assert [(number, 30) for number in range(1, 31)] == told


def test_what_one_thread_cannot_write_stops_all(tmp_path: Path):
    run_dir = RunDir(tmp_path / "run")
    for number in range(8):
        (tmp_path / f"{number}.png").write_bytes(png(40 + number))
    pages = tuple(PageImage(f"{number}.png", f"{number}" * 64, 40, 20) for number in range(8))
    dataset = DatasetRef("d", "annotation_csv", str(tmp_path), "a.csv", "none")
    task = loaded((replace(sample(), pages=pages),), dataset=dataset)

    with pytest.raises(StorageError), ThumbnailWriter(run_dir, (task,), 3):
        pass
