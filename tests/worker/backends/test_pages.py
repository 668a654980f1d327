"""A page file becomes an upright RGB picture, or a sentence about why not."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from vlmhb_worker.backend import Page, PageError, PageFileError

pytest.importorskip("PIL")

from PIL import Image, ImageDraw, ImageFile
from vlmhb_worker.backends.pages import FORMATS, MAX_PIXELS, open_page, page_file

WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def written_page(mode: str = "RGB") -> "Image.Image":
    page = Image.new("RGB", (400, 300), "white")
    ImageDraw.Draw(page).rectangle((0, 0, 199, 299), fill="black")
    return page.convert(mode)


def claiming(width: int, height: int) -> bytes:
    """A small PNG whose header speaks of a large page."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header,
            struct.pack(">I", zlib.crc32(header)) + struct.pack(">I", 0),
            b"IEND" + struct.pack(">I", zlib.crc32(b"IEND")),
        )
    )


@pytest.mark.parametrize("picture_format", FORMATS)
def test_a_page_that_came_as_bytes_is_a_file_whose_name_says_its_format(
    tmp_path: Path, picture_format: str
):
    written = io.BytesIO()
    written_page().save(written, picture_format)

    path = page_file(Page("5e2f", content=memoryview(written.getvalue())), str(tmp_path))

    assert picture_format == Image.registered_extensions()[Path(path).suffix]
    assert written.getvalue() == Path(path).read_bytes()


def test_a_page_of_unknown_format_has_no_suffix(tmp_path: Path):
    path = page_file(Page("5e2f", content=memoryview(b"sent")), str(tmp_path))

    assert "page-5e2f" == Path(path).name


@pytest.mark.parametrize(
    ("mode", "name"),
    [
        ("1", "page.tiff"),
        ("L", "page.png"),
        ("P", "page.gif"),
        ("RGBA", "page.png"),
        ("CMYK", "page.jpg"),
        ("I;16", "page.png"),
    ],
)
def test_every_kind_of_pixels_becomes_rgb_with_the_same_colours(
    tmp_path: Path, mode: str, name: str
):
    file = tmp_path / name
    source = written_page("L" if mode == "I;16" else mode)
    if mode == "I;16":
        source = source.convert("I").point(lambda value: value * 257).convert("I;16")
    source.save(file)

    page = open_page(Page("", str(file)))

    left, right = page.getpixel((100, 150)), page.getpixel((300, 150))
    assert ("RGB", BLACK, WHITE) == (page.mode, left, right)


def test_grey_of_16_bit_is_scaled_and_not_clipped(tmp_path: Path):
    """Everything brighter than 255 of 65535 would be white."""
    file = tmp_path / "page.png"
    Image.new("I;16", (10, 10), 128 * 257).save(file)

    assert (128, 128, 128) == open_page(Page("", str(file))).getpixel((5, 5))


def test_transparent_parts_are_white(tmp_path: Path):
    file = tmp_path / "page.png"
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(file)

    assert WHITE == open_page(Page("", str(file))).getpixel((5, 5))


def test_a_photo_is_turned_as_its_camera_says(tmp_path: Path):
    file = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    written_page().save(file, exif=exif)

    assert (300, 400) == open_page(Page("", str(file))).size


@pytest.mark.parametrize("suffix", ["png", "jpg", "tiff"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_page_that_is_cut_off_is_refused(tmp_path: Path, suffix: str, share: float):
    file = tmp_path / f"page.{suffix}"
    Image.effect_noise((400, 300), 50).save(file)
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * share)])

    with pytest.raises(PageError, match=f"cannot decode .*page.{suffix}"):
        open_page(Page("", str(file)))


def test_half_a_page_is_refused_even_if_a_model_library_allowed_it(
    tmp_path: Path, request: pytest.FixtureRequest
):
    before = ImageFile.LOAD_TRUNCATED_IMAGES
    request.addfinalizer(lambda: setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", before))
    file = tmp_path / "page.jpg"
    Image.effect_noise((400, 300), 50).save(file)
    file.write_bytes(file.read_bytes()[:-2000])
    ImageFile.LOAD_TRUNCATED_IMAGES = True

    with pytest.raises(PageError):
        open_page(Page("", str(file)))


@pytest.mark.parametrize(
    "write",
    [
        lambda file: file.write_bytes(b"%PDF-1.7\n"),
        lambda file: file.write_bytes(b""),
        lambda file: file.write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"),
        lambda file: file.mkdir(),
        lambda file: file.parent.touch(),
    ],
    ids=["pdf", "empty", "eps", "folder", "missing"],
)
def test_what_is_no_picture_is_refused(tmp_path: Path, write: Callable[[Path], object]):
    file = tmp_path / "page.png"
    write(file)

    with pytest.raises(PageError, match=r"page\.png"):
        open_page(Page("", str(file)))


def test_a_file_that_cannot_be_read_is_not_taken_for_a_damaged_page(tmp_path: Path):
    damaged = tmp_path / "damaged.png"
    damaged.write_bytes(b"no picture")

    with pytest.raises(PageError) as of_the_page:
        open_page(Page("", str(damaged)))
    for file in (tmp_path, tmp_path / "gone.png"):
        with pytest.raises(PageFileError, match="cannot decode"):
            open_page(Page("", str(file)))

    assert not isinstance(of_the_page.value, PageFileError)


def test_a_page_of_more_pixels_than_a_sheet_has_is_refused_before_decoding(tmp_path: Path):
    file = tmp_path / "bomb.png"
    file.write_bytes(claiming(MAX_PIXELS // 10_000 + 1, 10_000))

    with pytest.warns(Image.DecompressionBombWarning), pytest.raises(PageError, match="too large"):
        open_page(Page("", str(file)))


def test_a_page_that_pillow_itself_refuses_is_a_page_error(tmp_path: Path):
    file = tmp_path / "bomb.png"
    file.write_bytes(claiming(60_000, 60_000))

    with pytest.raises(PageError, match="too large"):
        open_page(Page("", str(file)))


def test_fractions_of_an_unknown_range_are_refused(tmp_path: Path):
    file = tmp_path / "page.tiff"
    Image.new("F", (10, 10), 0.5).save(file)

    with pytest.raises(PageError, match="8 bit"):
        open_page(Page("", str(file)))
