"""Pages as pictures: decode a file once, and say plainly when it cannot be done."""

import io
import os
import re
import struct
from typing import Any

from vlmhb_worker.backend import Page, PageError, PageFileError

MAX_PIXELS = 120_000_000
"""An A3 sheet at 600 dpi has 70 million. A file of 10 kB can claim far more and fill the memory."""

FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF", "JPEG2000", "PPM")
"""What documents come in. Left to itself Pillow also hands EPS files to Ghostscript."""


SIGNATURES = (
    (".png", rb"\x89PNG"),
    (".jpg", rb"\xff\xd8\xff"),
    (".tiff", rb"II\*\0|MM\0\*|II\+\0|MM\0\+"),
    (".webp", rb"RIFF....WEBP"),
    (".bmp", rb"BM"),
    (".gif", rb"GIF8"),
    (".jp2", rb"\0\0\0\x0cjP  "),
    (".j2k", rb"\xff\x4f\xff\x51"),
    (".ppm", rb"P[1-6]\s"),
)
"""How files of these formats begin. Not every env that needs names has Pillow to ask."""


def open_page(page: Page) -> Any:
    """PIL image in mode RGB, upright, transparent parts white.

    Raises:
        PageFileError: the file cannot be read.
        PageError: it is no image, is cut off, or is larger than `MAX_PIXELS`.
    """
    from PIL import Image, ImageFile, ImageOps

    # A library loaded by the model may have switched this on; half a page is not a page.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    name = name_of(page)
    source = page.path if page.content is None else io.BytesIO(page.content)
    try:
        with Image.open(source, formats=FORMATS) as image:
            _refuse_bomb(name, image.size)
            image.load()
            return _to_rgb(ImageOps.exif_transpose(image))
    except (OSError, SyntaxError, ValueError, EOFError, struct.error) as error:
        # The list was found by feeding damaged files of each format to Pillow.
        kind = PageFileError if getattr(error, "errno", None) else PageError
        raise kind(f"cannot decode {name}: {error}") from error
    except Image.DecompressionBombError as error:
        raise PageError(f"{name} is too large to decode: {error}") from error


def name_of(page: Page) -> str:
    """What to call a page in a message to the user."""
    return page.path or f"the page with sha256 {page.sha256[:12]}"


def page_file(page: Page, scratch: str) -> str:
    """Absolute path of the page as a file, for libraries that take nothing else."""
    if page.content is None:
        return page.path
    path = os.path.join(scratch, f"page-{page.sha256}{_suffix(page.content)}")
    if page.path:  # user code may go by what the file is called
        path = os.path.join(scratch, f"page-{page.sha256}", os.path.basename(page.path))
        os.makedirs(os.path.dirname(path), exist_ok=True)
    if not os.path.exists(path):
        with open(path + ".part", "wb") as file:
            file.write(page.content)
        os.replace(path + ".part", path)
    return path


def _suffix(content: memoryview) -> str:
    """What the name of such a file ends with; there is code that goes by it."""
    beginning = bytes(content[:12])
    for suffix, signature in SIGNATURES:
        if re.match(signature, beginning, re.DOTALL):
            return suffix
    return ""


def _refuse_bomb(name: str, size: Any) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise PageError(
            f"{name} is too large to decode: {width} x {height} pixels, "
            f"at most {MAX_PIXELS:,} are accepted"
        )


def _to_rgb(image: Any) -> Any:
    from PIL import Image

    if image.mode == "F":
        raise PageError("pixels are fractions of an unknown range (mode F); save the page as 8 bit")
    if image.mode.startswith("I"):
        # convert() would clip: everything above 255 of 65535 would become white.
        image = image.point(lambda value: value * (1 / 257)).convert("L")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        ink = image.convert("RGBA")
        # convert("RGB") would show the hidden colour below, usually black: black text on black.
        image = Image.alpha_composite(Image.new("RGBA", ink.size, "white"), ink)
    return image.convert("RGB")
