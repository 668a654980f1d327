"""Whatever an image is, every format says the same of it: its size, or why it is none."""

import hashlib
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

TWO_FRAMES = {"save_all": True, "append_images": [Image.new("RGB", (30, 20))]}


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(picture(), "JPEG", exif=exif)


SIZED: Mapping[str, tuple[bytes, tuple[int, int]]] = {
    "turned by EXIF": (turned(), (20, 30)),
    "CMYK JPEG": (encoded(picture(mode="CMYK"), "JPEG"), (30, 20)),
    "CMYK TIFF": (encoded(picture(mode="CMYK"), "TIFF"), (30, 20)),
    "16 bits": (encoded(Image.new("I;16", (30, 20)), "PNG"), (30, 20)),
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
    "no pixels": (png_of_size(0, 20), NO_IMAGE),
    "animated GIF": (encoded(picture(), "GIF", **TWO_FRAMES), NO_IMAGE),
    "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>" * 2, NO_IMAGE),
    "PDF": (b"%PDF-1.7\n" * 9, NO_IMAGE),
    "words": (b"words" * 20, NO_IMAGE),
    "frames of WEBP": (encoded(picture(), "WEBP", **TWO_FRAMES), "several pages or frames"),
    "pages of TIFF": (encoded(picture(), "TIFF", **TWO_FRAMES), "several pages or frames"),
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
    found = []
    for dataset in (csv, tsv, jsonl, parquet):
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

    assert [size] * 4 == [(p.width_px, p.height_px) for p in found if isinstance(p, PageImage)]
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
