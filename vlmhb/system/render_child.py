"""Turns pages of PDF and TIFF files into PNG files; run as a script in a process of its own.

    python -I render_child.py JOB

JOB is a JSON file: `documents` is a list of {file, kind (`pdf` or `tiff`), max_pages, skip (pages
not wanted)}, `dpi` is for PDFs, and `max_pixels`, `page_cpu_s`, `memory_bytes` and `file_bytes` are
limits. Pages are written beside JOB as `<document>-<page>.png`, documents
counted from 0 and pages from 1. What happens is told on stderr, one JSON list a line:

    ["begin", document, page]            what comes next is its doing; page 0 is opening the file
    ["opened", document, pages]          how many pages it has
    ["picture", document]                it is a picture itself and needs no PNG file
    ["made", document, page]             the PNG file is there
    ["refused", document, page, why]     in words for the user; page 0 is the whole document
    ["full", why]                        there is no room for pictures, and the process ends

The limits are the process's own, set before any of its files is opened: a file that takes too much
of anything ends the process, and the one who started it knows whose doing it was.
"""

import ctypes
import errno
import json
import resource
import signal
import struct
import sys
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image, UnidentifiedImageError

PNG_EFFORT = 3
"""As small as 6 for pages of text, in half the time."""
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
    struct.error,
    zlib.error,
)
"""As in images.py, which this script does not import; running out of memory is told apart."""
POINTS_PER_INCH = 72
PR_SET_PDEATHSIG = 1

_NOT_OPENED = {
    pdfium_c.FPDF_ERR_SUCCESS: "it has no pages",
    pdfium_c.FPDF_ERR_PASSWORD: "encrypted: it opens with a password only",
    pdfium_c.FPDF_ERR_SECURITY: "encrypted in a way that PDFium does not know",
}
_PIXELS_OF_TIFF = {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"}
"""Modes that a PNG holds as they are."""


class Refused(Exception):  # noqa: N818 - it becomes a line of the report
    """The text says why there is no picture, in words for the user."""


class Document(Protocol):
    """An open file."""

    def __len__(self) -> int:
        """How many pages it has."""

    def picture(self, index: int) -> Image.Image:
        """The page with this index.

        Raises:
            Refused: there is none to be had.
        """

    def close(self) -> None:
        """Give its memory back."""


def main(job_file: Path) -> None:
    """Do the job."""
    job = json.loads(job_file.read_text(encoding="utf-8"))
    restrict(job)
    Image.MAX_IMAGE_PIXELS = job["max_pixels"]
    for number, wish in enumerate(job["documents"]):
        tell("begin", number, 0)
        try:
            render(number, wish, job, job_file.parent)
        except Refused as refusal:
            tell("refused", number, 0, str(refusal))
        except MemoryError:
            tell("refused", number, 0, out_of_memory(job))


def restrict(job: dict[str, Any]) -> None:
    """Take away what a hostile file could use up."""
    # Set first: from here on this process ends with the one who waits for it.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_AS, job["memory_bytes"])
    limit(resource.RLIMIT_FSIZE, job["file_bytes"])


def limit(what: int, most: int) -> None:
    """Lower a limit; one that is lower already stays."""
    _, hard = resource.getrlimit(what)
    soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (soft, hard))


def render(number: int, wish: dict[str, Any], job: dict[str, Any], folder: Path) -> None:
    """Write the wanted pages of one document.

    Raises:
        Refused: it cannot be opened.
    """
    with closing(opened(wish, job)) as document:
        count = len(document)
        tell("opened", number, count)
        if wish["kind"] == "tiff" and count == 1:
            tell("picture", number)
            return
        for page in wanted(count, wish):
            tell("begin", number, page)
            # Each page has its own time, however many there are.
            limit(resource.RLIMIT_CPU, int(cpu_s()) + job["page_cpu_s"])
            try:
                write(document.picture(page - 1), folder / f"{number}-{page}.png")
            except Refused as refusal:
                tell("refused", number, page, str(refusal))
            except MemoryError:
                tell("refused", number, page, out_of_memory(job))
            else:
                tell("made", number, page)


def write(picture: Image.Image, file: Path) -> None:
    """Make `file` a PNG of the picture.

    Raises:
        Refused: it would be larger than a file may be.
    """
    try:
        picture.save(file, compress_level=PNG_EFFORT)
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise Refused("its picture is larger than a file may be") from error
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            tell("full", error.strerror or "no room")
            sys.exit(1)
        raise


def opened(wish: dict[str, Any], job: dict[str, Any]) -> Document:
    """The document, with a time of its own for opening it.

    Raises:
        Refused: it cannot be opened.
    """
    limit(resource.RLIMIT_CPU, int(cpu_s()) + job["page_cpu_s"])
    if wish["kind"] == "pdf":
        return Pdf(Path(wish["file"]), job["dpi"], job["max_pixels"])
    return Tiff(Path(wish["file"]), job["max_pixels"])


def wanted(count: int, wish: dict[str, Any]) -> Iterator[int]:
    """The pages to write, counted from 1.

    Raises:
        Refused: there are none.
    """
    if count < 1:
        raise Refused("it has no pages")
    skip = set(wish["skip"])
    return (page for page in range(1, min(count, wish["max_pages"]) + 1) if page not in skip)


class Pdf:
    """A PDF file."""

    def __init__(self, file: Path, dpi: int, max_pixels: int) -> None:
        self._dpi = dpi
        self._max_pixels = max_pixels
        try:
            self._pdf = pdfium.PdfDocument(file)
        except pdfium.PdfiumError as error:
            why = _NOT_OPENED.get(error.err_code, "not a PDF, or damaged beyond repair")
            raise Refused(why) from error
        # What was typed into the fields of a form is drawn only then.
        self._pdf.init_forms()

    def __len__(self) -> int:
        return len(self._pdf)

    def picture(self, index: int) -> Image.Image:
        """The page as it would be printed, with annotations and the values of form fields."""
        try:
            page = self._pdf[index]
        except pdfium.PdfiumError as error:
            raise Refused("damaged: PDFium cannot read this page") from error
        with closing(page):
            width_px, height_px = self._size(page)
            bitmap = pdfium.PdfBitmap.new_native(
                width_px, height_px, format=pdfium_c.FPDFBitmap_BGR, rev_byteorder=True
            )
            bitmap.fill_rect((255, 255, 255, 255), 0, 0, width_px, height_px)
            # PdfPage.render() rounds sizes up, which turns a scan of 1654 pixels into 1655 and
            # blurs all of it.
            place = (0, 0, width_px, height_px, 0)
            flags = pdfium_c.FPDF_ANNOT | pdfium_c.FPDF_REVERSE_BYTE_ORDER
            pdfium_c.FPDF_RenderPageBitmap(bitmap, page, *place, flags)
            if self._pdf.formenv:
                pdfium_c.FPDF_FFLDraw(self._pdf.formenv, bitmap, page, *place, flags)
            picture: Image.Image = bitmap.to_pil()
            return picture

    def close(self) -> None:
        """Give its memory back."""
        self._pdf.close()

    def _size(self, page: pdfium.PdfPage) -> tuple[int, int]:
        scale = self._dpi / POINTS_PER_INCH
        width_px, height_px = (max(1, round(points * scale)) for points in page.get_size())
        if width_px * height_px > self._max_pixels:
            raise Refused(
                f"{width_px} x {height_px} pixels at {self._dpi} dpi, more than"
                f" {self._max_pixels:,} in all; ask for fewer dpi"
            )
        return width_px, height_px


class Tiff:
    """A TIFF file with a page per frame."""

    def __init__(self, file: Path, max_pixels: int) -> None:
        self._max_pixels = max_pixels
        try:
            self._image = Image.open(file, formats=("TIFF",))
            self._count = getattr(self._image, "n_frames", 1)
        except Image.DecompressionBombError as error:
            raise Refused(f"more than {max_pixels:,} pixels") from error
        except UnidentifiedImageError as error:
            raise Refused("not a TIFF image") from error
        except DECODER_ERRORS as error:
            raise Refused(f"damaged ({type(error).__name__}: {error})") from error

    def __len__(self) -> int:
        return int(self._count)

    def picture(self, index: int) -> Image.Image:
        """The frame, upright."""
        try:
            self._image.seek(index)
            width_px, height_px = self._image.size
            if width_px * height_px > self._max_pixels:
                raise Refused(f"{width_px} x {height_px} pixels, more than {self._max_pixels:,}")
            self._image.load()
            as_it_is = self._image.mode in _PIXELS_OF_TIFF
            return self._image.copy() if as_it_is else self._image.convert("RGB")
        except DECODER_ERRORS as error:
            raise Refused(f"damaged ({type(error).__name__}: {error})") from error

    def close(self) -> None:
        """Close the file."""
        self._image.close()


def out_of_memory(job: dict[str, Any]) -> str:
    """Why there is no picture when the limit of memory was met."""
    return f"needs more than {job['memory_bytes'] / 2**30:.3g} GiB of memory"


def cpu_s() -> float:
    """What this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def tell(*words: int | str) -> None:
    """One line for the one who waits."""
    sys.stderr.write(json.dumps(words) + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
