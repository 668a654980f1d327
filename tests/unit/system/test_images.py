import base64
import hashlib
import io
import struct
import zlib
from pathlib import Path
from typing import cast

import pytest
from PIL import Image, ImageDraw, ImageOps

from vlmhb.domain.sample import PageContent, PageImage, Span, UnreadablePage
from vlmhb.system.images import (
    make_thumbnail,
    read_content,
    read_kept_page,
    read_page,
    read_written_page,
)
from vlmhb.system.page_cache import PageCache


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def picture(width_px: int = 60, height_px: int = 40) -> Image.Image:
    """White, with a black left upper corner, so that a turn shows."""
    image = Image.new("RGB", (width_px, height_px), "white")
    ImageDraw.Draw(image).rectangle((0, 0, width_px // 4, height_px // 4), fill="black")
    return image


def black_or_white(image: Image.Image, pixel: tuple[int, int]) -> int:
    """0 for nearly black, 255 for nearly white; JPEG blurs, and CMYK has no full black."""
    value = cast("int", image.getpixel(pixel))
    return 0 if value < 60 else 255 if value > 190 else value


def png_header(width_px: int, height_px: int) -> bytes:
    """The first bytes of a PNG of this size, and none of its pixels."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    idat = b"IDAT" + zlib.compress(b"")
    chunks = [
        struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part))
        for part in (body, idat, b"IEND")
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def read(tmp_path: Path, content: bytes) -> PageImage | UnreadablePage:
    file = tmp_path / "page"
    file.write_bytes(content)
    return read_page(file, "images/page")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "BMP", "WEBP"])
def test_a_page_is_its_size_and_digest(tmp_path: Path, form: str):
    content = encoded(picture(), form)

    page = read(tmp_path, content)

    assert PageImage("images/page", hashlib.sha256(content).hexdigest(), 60, 40) == page


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_width_and_height_are_those_of_the_upright_page(
    tmp_path: Path, form: str, orientation: int
):
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(picture(), form, exif=exif)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))

    page = read(tmp_path, content)

    assert isinstance(page, PageImage)
    assert upright.size == (page.width_px, page.height_px)


TWO_PAGES = {"save_all": True, "append_images": [Image.new("RGB", (60, 40))]}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "not an image (PNG, JPEG, TIFF, BMP, WEBP)"),
        (b"words\n", "not an image (PNG, JPEG, TIFF, BMP, WEBP)"),
        (encoded(picture(), "GIF"), "not an image (PNG, JPEG, TIFF, BMP, WEBP)"),
        (encoded(picture(), "PNG")[:20], "damaged header (OSError: Truncated File Read)"),
        (png_header(13_000, 13_000), "13000 x 13000 pixels, more than 100,000,000 in all"),
        (png_header(60_000, 60_000), "more than 100,000,000 pixels"),
        (
            encoded(picture(), "TIFF", **TWO_PAGES),
            "several pages or frames in one file; one image per page expected",
        ),
        (
            encoded(picture(), "WEBP", **TWO_PAGES),
            "several pages or frames in one file; one image per page expected",
        ),
    ],
)
def test_what_is_no_page_is_unreadable_with_the_reason(
    tmp_path: Path, content: bytes, problem: str
):
    page = read(tmp_path, content)

    assert UnreadablePage("images/page", hashlib.sha256(content).hexdigest(), problem) == page


def test_a_phone_s_second_picture_does_not_make_a_second_page(tmp_path: Path):
    page = read(tmp_path, encoded(picture(), "MPO", **TWO_PAGES))

    assert isinstance(page, PageImage)


def test_damage_behind_the_header_is_left_to_who_decodes(tmp_path: Path):
    content = encoded(picture(600, 400), "JPEG")

    page = read(tmp_path, content[:-100])

    assert isinstance(page, PageImage)


def test_a_thumbnail_is_upright_and_small(tmp_path: Path):
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "page").write_bytes(encoded(picture(1600, 800), "JPEG", exif=exif))

    assert make_thumbnail(tmp_path / "page", tmp_path / "small.jpg", 200)

    with Image.open(tmp_path / "small.jpg") as small:
        assert ("JPEG", (100, 200)) == (small.format, small.size)
        pixels = small.convert("L")
        assert (0, 255) == tuple(black_or_white(pixels, corner) for corner in ((99, 0), (0, 0)))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "LA", "CMYK", "I;16"])
def test_a_thumbnail_of_any_mode_is_black_on_white(tmp_path: Path, mode: str):
    form = "TIFF" if mode == "CMYK" else "PNG"
    image = (
        picture().convert("L").convert(mode) if mode != "I;16" else Image.new(mode, (60, 40), 1000)
    )
    if mode == "I;16":
        image.paste(60_000, (16, 0, 60, 40))
    (tmp_path / "page").write_bytes(encoded(image, form))

    assert make_thumbnail(tmp_path / "page", tmp_path / "small.jpg", 30)

    with Image.open(tmp_path / "small.jpg") as small:
        pixels = small.convert("L")
        assert (0, 255) == tuple(black_or_white(pixels, corner) for corner in ((0, 0), (29, 19)))


def test_transparent_parts_of_a_thumbnail_are_white(tmp_path: Path):
    Image.new("RGBA", (60, 40), (0, 0, 0, 0)).save(tmp_path / "page.png")

    make_thumbnail(tmp_path / "page.png", tmp_path / "small.jpg", 30)

    with Image.open(tmp_path / "small.jpg") as small:
        assert (255, 255, 255) == small.getpixel((5, 5))


@pytest.mark.parametrize(
    "content",
    [
        b"words",
        encoded(picture(), "PNG")[:-60],
        encoded(Image.new("1", (7_100, 7_100)), "PNG"),
        png_header(13_000, 13_000),
        png_header(60_000, 60_000),
    ],
    ids=["no image", "truncated", "large", "bomb", "huge bomb"],
)
def test_what_cannot_be_decoded_gets_no_thumbnail(tmp_path: Path, content: bytes):
    (tmp_path / "page").write_bytes(content)

    assert not make_thumbnail(tmp_path / "page", tmp_path / "small.jpg", 30)
    assert not (tmp_path / "small.jpg").exists()


def test_a_large_jpeg_is_decoded_small(tmp_path: Path):
    """Twice the limit for decoding, yet its thumbnail needs 1/64 of the pixels."""
    Image.new("L", (10_000, 9_900), 255).save(tmp_path / "page.jpg")

    assert make_thumbnail(tmp_path / "page.jpg", tmp_path / "small.jpg", 300)


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_an_image_that_is_no_file_has_the_same_facts(tmp_path: Path, form: str):
    content = encoded(picture(), form)
    page = read(tmp_path, content)
    assert isinstance(page, PageImage)

    sent = read_content(content, "pipe")

    assert PageContent("pipe", page.sha256, page.width_px, page.height_px, content) == sent


def test_content_that_is_no_image_is_unreadable():
    found = read_content(b"", "pipe")

    assert isinstance(found, UnreadablePage)
    assert "pipe" == found.path
    assert found.problem.startswith("not an image")


def test_an_image_in_a_table_has_the_same_facts_and_its_place(tmp_path: Path):
    whole = encoded(picture(), "PNG")
    # Longer than what is decoded at once, and read in one piece.
    chunk = b"prVt" + bytes(900_000)
    length = struct.pack(">I", len(chunk) - 4)
    content = whole[:33] + length + chunk + struct.pack(">I", zlib.crc32(chunk)) + whole[33:]
    table = tmp_path / "table.tsv"
    table.write_bytes(b"x\t" + base64.b64encode(content) + b"\n")
    span = Span(2, len(base64.b64encode(content)))

    page = read_written_page(table, span, "table.tsv#1")

    sha256 = hashlib.sha256(content).hexdigest()
    assert PageImage("table.tsv#1", sha256, 60, 40, str(table), span) == page


def test_an_image_that_was_taken_out_of_a_file_is_kept_unless_it_is_none(tmp_path: Path):
    content = encoded(picture(), "PNG")
    cache = PageCache(tmp_path)

    page = read_kept_page(content, "a#1", cache)
    none = read_kept_page(b"words", "a#2", cache)

    sha256 = hashlib.sha256(content).hexdigest()
    kept = str(cache.path(sha256, ".image"))
    assert PageImage("a#1", sha256, 60, 40, kept) == page
    assert isinstance(none, UnreadablePage)
    assert [Path(kept)] == [file for file in tmp_path.rglob("*") if file.is_file()]
