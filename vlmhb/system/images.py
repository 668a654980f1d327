"""Page images: their facts from the header, and small copies of them for people to look at."""

import hashlib
import io
import struct
import sys
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, cast

from PIL import Image, ImageOps, UnidentifiedImageError

from vlmhb.domain.sample import PageContent, PageImage, Span, UnreadablePage
from vlmhb.system.base64_span import Base64Span, NotBase64Error
from vlmhb.system.files import write_atomic
from vlmhb.system.page_cache import PageCache

FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")
"""The only decoders a dataset can reach; the others are rarely used and rarely looked at."""
MAX_PIXELS = 100_000_000
CHUNK_BYTES = 1 << 20
MAX_THUMBNAIL_PIXELS = 50_000_000
"""What is decoded at most for a small copy: 200 MB as RGBA."""

DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    ArithmeticError,
    LookupError,
    EOFError,
    AssertionError,
    NotImplementedError,
    MemoryError,
    struct.error,
    zlib.error,
)
"""What Pillow's decoders were seen to raise on damaged files."""

_ORIENTATION = 0x0112
_TURNED = (5, 6, 7, 8)


class _UnreadableError(Exception):
    """The file is no image we decode; the text says why."""


def read_page(file: Path, path: str) -> PageImage | UnreadablePage:
    """Facts about the image in `file`, from its header alone.

    `path` is how the dataset names it. Pixels are never decoded, so damage behind the header is
    found by whoever decodes them.

    Raises:
        OSError: the file cannot be read at all.
    """
    with file.open("rb") as stream:
        return _read(stream, path)


def read_written_page(file: Path, span: Span, path: str) -> PageImage | UnreadablePage:
    """The same about an image that is written as base64 inside `file`, without a copy of it.

    Raises:
        OSError: the file cannot be read at all.
    """
    with file.open("rb") as stream:
        try:
            page = _read(io.BufferedReader(Base64Span(stream, span)), path)
        except NotBase64Error as error:
            stream.seek(span.offset)
            return UnreadablePage(path, _digest(stream, span.length), str(error))
    if isinstance(page, UnreadablePage):
        return page
    return replace(page, file=str(file), span=span)


def read_kept_page(content: bytes, path: str, pages: PageCache) -> PageImage | UnreadablePage:
    """The same about an image that was taken out of a file and is now kept in `pages`.

    Raises:
        StorageError: it cannot be kept.
    """
    page = _read(io.BytesIO(content), path)
    if isinstance(page, UnreadablePage):
        return page
    return replace(page, file=str(pages.keep(content, ".image")))


def read_content(content: bytes, path: str) -> PageContent | UnreadablePage:
    """The same about an image that is no file; `path` is what to call it."""
    page = _read(io.BytesIO(content), path)
    if isinstance(page, UnreadablePage):
        return page
    return PageContent(path, page.sha256, page.width_px, page.height_px, content)


def _read(stream: BinaryIO, path: str) -> PageImage | UnreadablePage:
    sha256 = _digest(stream)
    try:
        with _opened(stream) as image:
            width_px, height_px = _upright_size(image)
    except _UnreadableError as error:
        return UnreadablePage(path, sha256, str(error))
    return PageImage(path, sha256, width_px, height_px)


def _digest(stream: BinaryIO, size_bytes: int | None = None) -> str:
    """The sha256 of the next `size_bytes`, or of all that follow."""
    digest = hashlib.sha256()
    left = sys.maxsize if size_bytes is None else size_bytes
    while chunk := stream.read(min(left, CHUNK_BYTES)):
        digest.update(chunk)
        left -= len(chunk)
    return digest.hexdigest()


def make_thumbnail(source: Path | bytes, target: Path, max_px: int) -> bool:
    """True when `target` is now an upright JPEG of `source`, at most `max_px` wide and high.

    False when `source`, a file or its content, is no image, is damaged, or is too large to decode
    for a small copy.

    Raises:
        StorageError: `target` cannot be written.
    """
    try:
        opened = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
        with opened as stream, _opened(stream) as image:
            content = _thumbnail(image, max_px)
    except (_UnreadableError, *DECODER_ERRORS):
        return False
    write_atomic(target, content)
    return True


class _Quiet:
    """Keeps Pillow from warning of sizes from 89 Mpx on and of damaged tags: the caps here decide.

    Filters are the whole process's: the first of several threads sets them, the last one takes
    them back.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._inside = 0
        self._filters = warnings.catch_warnings()

    def __enter__(self) -> None:
        with self._turn:
            if self._inside == 0:
                self._filters = warnings.catch_warnings()
                self._filters.__enter__()
                warnings.simplefilter("ignore")
            self._inside += 1

    def __exit__(self, *_exception: object) -> None:
        with self._turn:
            self._inside -= 1
            if self._inside == 0:
                self._filters.__exit__(None, None, None)


_QUIET = _Quiet()


@contextmanager
def _opened(stream: BinaryIO) -> Iterator[Image.Image]:
    with _QUIET, _open(stream) as image:
        yield image


def _open(stream: BinaryIO) -> Image.Image:
    stream.seek(0)
    try:
        image = Image.open(stream, formats=FORMATS)
        frames = _has_frames(image)
    except Image.DecompressionBombError as error:
        raise _UnreadableError(f"more than {MAX_PIXELS:,} pixels") from error
    except UnidentifiedImageError as error:
        raise _UnreadableError(f"not an image ({', '.join(FORMATS)})") from error
    except DECODER_ERRORS as error:
        raise _UnreadableError(f"damaged header ({type(error).__name__}: {error})") from error
    if image.width * image.height > MAX_PIXELS:
        raise _UnreadableError(
            f"{image.width} x {image.height} pixels, more than {MAX_PIXELS:,} in all"
        )
    if image.width < 1 or image.height < 1:
        raise _UnreadableError(f"{image.width} x {image.height} pixels")
    if frames:
        raise _UnreadableError("several pages or frames in one file; one image per page expected")
    return image


def _has_frames(image: Image.Image) -> bool:
    # A phone's JPEG may carry a second picture (MPO); its first one is the photo.
    return image.format != "MPO" and bool(getattr(image, "is_animated", False))


def _upright_size(image: Image.Image) -> tuple[int, int]:
    """Width and height after the EXIF orientation, which cameras write and viewers obey."""
    if image.format == "TIFF":
        # Pillow has applied a TIFF's own orientation to its size.
        return image.width, image.height
    if image.format == "PNG" and "exif" not in image.info:
        # `getexif` would decode the whole image in search of a chunk behind the pixels.
        return image.width, image.height
    try:
        turned = image.getexif().get(_ORIENTATION) in _TURNED
    except DECODER_ERRORS:
        turned = False
    return (image.height, image.width) if turned else (image.width, image.height)


def _thumbnail(image: Image.Image, max_px: int) -> bytes:
    # A JPEG decodes at 1/8 of its size for nothing; twice the target keeps text legible.
    image.draft(None, (2 * max_px, 2 * max_px))
    if image.width * image.height > MAX_THUMBNAIL_PIXELS:
        raise _UnreadableError("too large for a small copy")
    upright = ImageOps.exif_transpose(image)
    flat = _on_white(upright)
    flat.thumbnail((max_px, max_px))
    buffer = io.BytesIO()
    flat.save(buffer, "JPEG", quality=80, optimize=True)
    return buffer.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    """The same picture in grey or RGB, transparent parts white."""
    if image.mode.startswith(("I", "F")):
        low, high = cast("tuple[float, float]", image.getextrema())
        span = max(1.0, high - low)
        return image.convert("F").point(lambda value: (value - low) * (255 / span)).convert("L")
    if image.has_transparency_data:
        page = Image.new("RGBA", image.size, "white")
        page.alpha_composite(image.convert("RGBA"))
        return page.convert("RGB")
    return image.convert("L" if image.mode in {"1", "L"} else "RGB")
