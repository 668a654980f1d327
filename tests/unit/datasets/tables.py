"""Small tables of the formats, with images to break in tests."""

import base64
import io
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from vlmhb.domain.digest import Json
from vlmhb.domain.task import DatasetRef


def encoded(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    """The image as a file would hold it."""
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def picture(width_px: int = 30, height_px: int = 20, mode: str = "RGB") -> Image.Image:
    """A white image."""
    return Image.new("RGB", (width_px, height_px), "white").convert(mode)


def png(width_px: int = 30, height_px: int = 20) -> bytes:
    """A white PNG."""
    return encoded(picture(width_px, height_px))


def png_of_size(width_px: int, height_px: int, pixels: bytes = b"") -> bytes:
    """A PNG whose header claims this size, whatever its pixels are."""
    head = struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", pixels or zlib.compress(b"")), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


def b64(content: bytes) -> str:
    """As tables hold it."""
    return base64.b64encode(content).decode("ascii")


def write_tsv(
    root: Path,
    *rows: Mapping[str, object],
    options: Mapping[str, Json] | None = None,
    split: str = "",
) -> DatasetRef:
    """A table with these rows, whose columns are those of the first."""
    columns = list(rows[0])
    lines = ["\t".join(columns)]
    lines += ["\t".join(str(row[name]) for name in columns) for row in rows]
    return write_table(root, "".join(f"{line}\n" for line in lines).encode(), options, split)


def write_table(
    root: Path, content: bytes, options: Mapping[str, Json] | None = None, split: str = ""
) -> DatasetRef:
    """A table that holds exactly this."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "table.tsv").write_bytes(content)
    return DatasetRef(
        "t", "vlmeval_tsv", str(root), "table.tsv", "none", split, options=options or {}
    )
