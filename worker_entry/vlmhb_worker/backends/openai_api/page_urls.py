"""Pages as the URLs that a chat message holds."""

import base64
import io
import os
import threading
from collections import OrderedDict
from typing import Any, Tuple
from urllib.parse import quote

from vlmhb_worker.backend import Generation, Page
from vlmhb_worker.backends.pages import open_page
from vlmhb_worker.backends.scale import scale_to

MIME_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}
"""What every server of vision models reads. Other pages travel as PNG."""

PLAIN_MODES = ("1", "L", "P", "RGB")
"""Without transparency or more than 8 bits, which servers turn to RGB in ways of their own."""

ORIENTATION = 0x0112
KEPT_BYTES = 64 << 20
"""URLs that stay at hand: a document is asked many questions in a row."""


class PageUrls:
    """Turns pages into URLs. Called from several threads."""

    def __init__(self, folder: str = "", *, as_files: bool = False) -> None:
        self._folder = folder
        """Where the server may read; empty when it reads the pages where they lie."""
        self._as_files = as_files
        self._urls: OrderedDict[Tuple[Any, ...], str] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def url(self, page: Page, generation: Generation) -> str:
        """A data URL, or a file URL, of the page as the task wants it.

        A page that every server reads the same way is sent byte for byte; any other, and one that
        has too many or too few pixels, as PNG.

        Raises:
            PageError: the page cannot be decoded.
        """
        key = (page.sha256, generation.min_pixels, generation.max_pixels)
        with self._lock:
            if key in self._urls:
                self._urls.move_to_end(key)
                return self._urls[key]
        url = self._make(page, generation)
        with self._lock:
            if key not in self._urls:
                self._urls[key] = url
                self._bytes += len(url)
            while self._bytes > KEPT_BYTES:
                self._bytes -= len(self._urls.popitem(last=False)[1])
        return url

    def _make(self, page: Page, generation: Generation) -> str:
        # Decoded also when it is sent as it is: a damaged page is to fail here, as with any model.
        image = open_page(page)
        content = _content(page)
        picture_format = _plain_format(content)
        scaled = scale_to(image, generation.min_pixels, generation.max_pixels)
        if picture_format and scaled.size == image.size:
            return self._address(page, content, picture_format)
        written = io.BytesIO()
        scaled.save(written, "PNG", compress_level=1)
        changed = Page(sha256=f"{page.sha256}-{scaled.width}x{scaled.height}")
        return self._address(changed, written.getvalue(), "PNG")

    def _address(self, page: Page, content: bytes, picture_format: str) -> str:
        if self._as_files and self._folder:
            path = os.path.join(self._folder, f"{page.sha256}.{picture_format.lower()}")
            _write_once(path, content)
            return "file://" + quote(path)
        if self._as_files and page.path:
            return "file://" + quote(page.path)
        text = base64.b64encode(content).decode("ascii")
        return f"data:{MIME_TYPES[picture_format]};base64,{text}"


def _content(page: Page) -> bytes:
    if page.content is not None:
        return bytes(page.content)
    with open(page.path, "rb") as file:
        return file.read()


def _plain_format(content: bytes) -> str:
    """The picture's format when it can be sent as it is, else nothing."""
    from PIL import Image

    with Image.open(io.BytesIO(content)) as image:
        is_plain = (
            image.format in MIME_TYPES
            and image.mode in PLAIN_MODES
            and "transparency" not in image.info
            and getattr(image, "n_frames", 1) == 1
            and image.getexif().get(ORIENTATION, 1) == 1
        )
        return str(image.format) if is_plain else ""


def _write_once(path: str, content: bytes) -> None:
    if os.path.exists(path):
        return
    part = f"{path}.{threading.get_ident()}"
    with open(part, "wb") as file:
        file.write(content)
    os.replace(part, path)
