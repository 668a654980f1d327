"""Every page that is an image gets a small picture, wherever it is kept."""

import hashlib
from dataclasses import replace
from pathlib import Path

from PIL import Image

from tests.build import loaded, sample
from tests.unit.datasets.tables import b64, png
from vlmhb.domain.sample import PageImage, Span, UnreadablePage
from vlmhb.domain.task import DatasetRef
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
