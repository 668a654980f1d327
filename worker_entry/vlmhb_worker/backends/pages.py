"""Pages as pictures: decode a file once, and say plainly when it cannot be done."""

import struct
from typing import Any

from vlmhb_worker.backend import PageError

MAX_PIXELS = 120_000_000
"""An A3 sheet at 600 dpi has 70 million. A file of 10 kB can claim far more and fill the memory."""

FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF", "JPEG2000", "PPM")
"""What documents come in. Left to itself Pillow also hands EPS files to Ghostscript."""


def open_page(path: str) -> Any:
    """PIL image in mode RGB, upright, transparent parts white.

    Raises:
        PageError: the file is missing, is no image, is cut off, or is larger than `MAX_PIXELS`.
    """
    from PIL import Image, ImageFile, ImageOps

    # A library loaded by the model may have switched this on; half a page is not a page.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with Image.open(path, formats=FORMATS) as image:
            _refuse_bomb(path, image.size)
            image.load()
            return _to_rgb(ImageOps.exif_transpose(image))
    except (OSError, SyntaxError, ValueError, EOFError, struct.error) as error:
        # The list was found by feeding damaged files of each format to Pillow.
        raise PageError(f"cannot decode {path}: {error}") from error
    except Image.DecompressionBombError as error:
        raise PageError(f"{path} is too large to decode: {error}") from error


def _refuse_bomb(path: str, size: Any) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise PageError(
            f"{path} is too large to decode: {width} x {height} pixels, "
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
