"""Real PDF files for tests, written by the library that reads them or by hand."""

import zlib
from collections.abc import Sequence
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image, ImageDraw

A6 = (298, 420)
"""Points."""


def blank_pdf(path: Path, sizes: Sequence[tuple[float, float]] = (A6,)) -> Path:
    """A PDF with a blank page of each size, in points."""
    pdf = pdfium.PdfDocument.new()
    for size in sizes:
        pdf.new_page(*size)
    path.parent.mkdir(parents=True, exist_ok=True)
    pdf.save(path)
    pdf.close()
    return path


def scanned_pdf(path: Path, pages: int = 1, dpi: int = 200) -> Path:
    """A PDF of scans of 100 x 150 pixels, each with its own number of black lines."""
    scans = []
    for number in range(1, pages + 1):
        scan = Image.new("L", (100, 150), 255)
        for line in range(number % 70):
            ImageDraw.Draw(scan).line((0, 2 * line, 99, 2 * line), fill=0)
        scans.append(scan)
    path.parent.mkdir(parents=True, exist_ok=True)
    scans[0].save(path, save_all=True, append_images=scans[1:], resolution=dpi)
    return path


def drawn_pdf(path: Path, drawing: bytes, pages: int = 1) -> Path:
    """A PDF whose pages all have these drawing operators, compressed."""
    stream = zlib.compress(drawing, 9)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, b"3 0 R " * pages),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(stream), stream),
    ]
    return written(path, objects)


def locked_pdf(path: Path) -> Path:
    """A PDF that opens with a password only."""
    key = b"<%s>" % (b"41" * 32)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
        b"<</Filter/Standard/V 1/R 2/P -4/O %s/U %s>>" % (key, key),
    ]
    return written(path, objects, b"/Encrypt 4 0 R/ID[<41><41>]")


def written(path: Path, objects: Sequence[bytes], trailer: bytes = b"") -> Path:
    """A PDF of these objects, the first of them its catalog."""
    content, offsets = b"%PDF-1.5\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(content)
    size = len(objects) + 1
    content += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    content += b"trailer <</Size %d/Root 1 0 R%s>>\n" % (size, trailer)
    path.write_bytes(content + b"startxref\n%d\n%%%%EOF\n" % start)
    return path
