"""Whatever an image is, every format says the same of it: its size, or why it is none."""

import hashlib
import struct
from collections.abc import Mapping
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
from PIL import Image

from tests.unit.datasets.files import row, write_dataset
from tests.unit.datasets.tables import b64, encoded, picture, png_of_size, write_tsv
from vlmhb.datasets.catalog import find
from vlmhb.domain.sample import PageImage, UnreadablePage
from vlmhb.domain.task import DatasetRef
from vlmhb.system.page_bytes import read_bytes
from vlmhb.system.page_cache import PageCache


def two_frames(form: str) -> bytes:
    another = Image.new("RGB", (30, 20))
    return encoded(picture(), form, save_all=True, append_images=[another])


def turned(form: str) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(picture(), form, exif=exif)


def jpeg_of_size(width_px: int, height_px: int) -> bytes:
    """A JPEG whose header claims this size."""
    whole = encoded(picture(), "JPEG")
    place = whole.index(b"\xff\xc0") + 5
    return whole[:place] + struct.pack(">HH", height_px, width_px) + whole[place + 4 :]


def bmp_of_size(width_px: int, height_px: int) -> bytes:
    """A BMP whose header claims this size."""
    whole = encoded(picture(), "BMP")
    return whole[:18] + struct.pack("<ii", width_px, height_px) + whole[26:]


SIZED: Mapping[str, tuple[bytes, tuple[int, int]]] = {
    "turned by EXIF": (turned("JPEG"), (20, 30)),
    "PNG turned by EXIF": (turned("PNG"), (20, 30)),
    "WEBP turned by EXIF": (turned("WEBP"), (20, 30)),
    "TIFF turned by its own tag": (turned("TIFF"), (20, 30)),
    "phone's JPEG with a second picture": (two_frames("MPO"), (30, 20)),
    "CMYK JPEG": (encoded(picture(mode="CMYK"), "JPEG"), (30, 20)),
    "CMYK TIFF": (encoded(picture(mode="CMYK"), "TIFF"), (30, 20)),
    "16 bits": (encoded(Image.new("I;16", (30, 20)), "PNG"), (30, 20)),
    "16 bits of TIFF": (encoded(Image.new("I;16", (30, 20)), "TIFF"), (30, 20)),
    "floats": (encoded(Image.new("F", (30, 20)), "TIFF"), (30, 20)),
    "palette": (encoded(picture(mode="P"), "PNG"), (30, 20)),
    "1 bit": (encoded(picture(mode="1"), "TIFF", compression="group4"), (30, 20)),
    "alpha": (encoded(picture(mode="RGBA"), "PNG"), (30, 20)),
    "grey and alpha": (encoded(picture(mode="LA"), "PNG"), (30, 20)),
    "WEBP": (encoded(picture(), "WEBP"), (30, 20)),
    "BMP": (encoded(picture(), "BMP"), (30, 20)),
    "cut behind the header": (encoded(picture(300, 200), "JPEG")[:-50], (300, 200)),
}
NO_IMAGE = "not an image (PNG, JPEG, TIFF, BMP, WEBP)"
REFUSED: Mapping[str, tuple[bytes, str]] = {
    "bomb": (png_of_size(13_000, 13_000), "13000 x 13000 pixels, more than 100,000,000 in all"),
    "larger bomb": (png_of_size(60_000, 60_000), "more than 100,000,000 pixels"),
    "JPEG bomb": (jpeg_of_size(65_500, 65_500), "more than 100,000,000 pixels"),
    "BMP bomb": (bmp_of_size(13_000, 13_000), "13000 x 13000 pixels, more than 100,000,000"),
    "no pixels": (png_of_size(0, 20), NO_IMAGE),
    "animated GIF": (two_frames("GIF"), NO_IMAGE),
    "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>" * 2, NO_IMAGE),
    "PDF": (b"%PDF-1.7\n" * 9, NO_IMAGE),
    "words": (b"words" * 20, NO_IMAGE),
    "animated PNG": (two_frames("PNG"), "several pages or frames"),
    "frames of WEBP": (two_frames("WEBP"), "several pages or frames"),
    "pages of TIFF": (two_frames("TIFF"), "several pages or frames"),
}


def pages(root: Path, content: bytes) -> list[PageImage | UnreadablePage]:
    """The same image as each format reads it."""
    (root / "csv").mkdir()
    csv = write_dataset(root / "csv", row("images/x"))
    (root / "csv/images/x").write_bytes(content)
    tsv = write_tsv(root / "tsv", {"index": 1, "image": b64(content), "question": "q"})
    (root / "val.jsonl").write_text(f'{{"image": {{"base64": "{b64(content)}"}}}}')
    jsonl = DatasetRef("j", "jsonl", str(root), "val.jsonl", "none")
    table = pyarrow.Table.from_pylist([{"image": {"bytes": content, "path": None}}])
    pyarrow.parquet.write_table(table, root / "val.parquet")
    parquet = DatasetRef("p", "parquet", str(root), "val.parquet", "none")
    (root / "docs").mkdir()
    (root / "docs/x.png").write_bytes(content)
    documents = DatasetRef("d", "documents", str(root / "docs"), "", "none")
    found = []
    for dataset in (csv, tsv, jsonl, parquet, documents):
        (sample,) = find(dataset.format).read(dataset, PageCache(root / "cache"))
        (page,) = sample.pages
        if isinstance(page, PageImage):
            assert content == read_bytes(dataset.root, page)
        found.append(page)
    return found


@pytest.mark.parametrize("name", SIZED)
def test_an_image_is_its_upright_size(tmp_path: Path, name: str):
    content, size = SIZED[name]

    found = pages(tmp_path, content)

    assert [size] * 5 == [(p.width_px, p.height_px) for p in found if isinstance(p, PageImage)]
    assert {hashlib.sha256(content).hexdigest()} == {page.sha256 for page in found}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_page_is_refused_with_the_reason(tmp_path: Path, name: str):
    content, problem = REFUSED[name]

    found = pages(tmp_path, content)

    assert all(isinstance(page, UnreadablePage) for page in found)
    (said,) = {page.problem for page in found if isinstance(page, UnreadablePage)}
    assert said.startswith(problem)
    assert {hashlib.sha256(content).hexdigest()} == {page.sha256 for page in found}


@pytest.mark.parametrize("tenths", range(1, 10))
@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "WEBP", "BMP"])
def test_a_cut_image_has_its_size_or_a_reason_in_every_format(
    tmp_path: Path, form: str, tenths: int
):
    # Not plain white: a tenth of that is so short that a table takes it for a reference.
    whole = encoded(Image.effect_noise((60, 40), 100).convert("RGB"), form)

    found = pages(tmp_path, whole[: len(whole) * tenths // 10])

    (said,) = {
        page.problem if isinstance(page, UnreadablePage) else f"{page.width_px} x {page.height_px}"
        for page in found
    }
    assert said


def test_an_image_without_a_byte_is_no_image_or_none_at_all(tmp_path: Path):
    """An empty cell of a VLMEvalKit table says that the row has none."""
    csv = write_dataset(tmp_path / "csv", row("images/x"))
    (tmp_path / "csv/images/x").touch()
    tsv = write_tsv(tmp_path / "tsv", {"index": 1, "image": "", "question": "q"})
    (tmp_path / "val.jsonl").write_text('{"image": {"base64": ""}}')
    jsonl = DatasetRef("j", "jsonl", str(tmp_path), "val.jsonl", "none")
    table = pyarrow.Table.from_pylist([{"image": {"bytes": b"", "path": None}}])
    pyarrow.parquet.write_table(table, tmp_path / "val.parquet")
    parquet = DatasetRef("p", "parquet", str(tmp_path), "val.parquet", "none")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/x.png").touch()
    documents = DatasetRef("d", "documents", str(tmp_path / "docs"), "", "none")

    said = {}
    for dataset in (csv, tsv, jsonl, parquet, documents):
        (sample,) = find(dataset.format).read(dataset, PageCache(tmp_path / "cache"))
        said[dataset.format] = [
            page.problem for page in sample.pages if isinstance(page, UnreadablePage)
        ]

    nothing = said.pop("vlmeval_tsv")
    assert ([], {"annotation_csv", "jsonl", "parquet", "documents"}) == (nothing, set(said))
    assert all([NO_IMAGE] == problems for problems in said.values()), said
