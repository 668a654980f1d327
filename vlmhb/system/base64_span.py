"""An image written as base64 inside a larger file, read without a copy of it."""

import base64
import binascii
import io
from pathlib import Path
from typing import BinaryIO

from vlmhb.domain.sample import Span

CHUNK_BYTES = 3 << 18
"""What is decoded at once; a multiple of the 3 bytes that 4 characters stand for."""


class NotBase64Error(ValueError):
    """The text in the span is no base64; the text says so for the user."""

    def __init__(self) -> None:
        super().__init__("not base64")


class Base64Span(io.RawIOBase):
    """The decoded bytes of a span, as a file that can be read and sought in.

    Only what is read is decoded, so a span of any length takes a bounded amount of memory.

    Raises from reading:
        NotBase64Error: what was to be read is no base64, or the file ends before the span does.
        OSError: the file cannot be read.
    """

    def __init__(self, file: BinaryIO, span: Span) -> None:
        super().__init__()
        if span.length % 4 or span.length == 0:
            raise NotBase64Error
        self._file = file
        self._span = span
        self._at = 0
        tail = self._encoded(span.length - 4, 4)
        if not tail.endswith(b"="):
            self.size_bytes = span.length // 4 * 3
        else:
            self.size_bytes = span.length // 4 * 3 - (2 if tail.endswith(b"==") else 1)

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """The new place in the decoded bytes."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size_bytes}[whence]
        if base + offset < 0:
            raise ValueError("a place before the start")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        """The place in the decoded bytes."""
        return self._at

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """How many bytes were decoded into `buffer`, 0 at the end."""
        wanted = min(len(buffer), CHUNK_BYTES, max(0, self.size_bytes - self._at))
        if wanted == 0:
            return 0
        group = self._at // 3
        n_groups = (self._at + wanted + 2) // 3 - group
        content = decoded(self._encoded(group * 4, n_groups * 4))
        skipped = self._at - group * 3
        taken = content[skipped : skipped + wanted]
        if len(taken) != wanted:  # padding before the end
            raise NotBase64Error
        buffer[:wanted] = taken
        self._at += wanted
        return wanted

    def _encoded(self, start: int, length: int) -> bytes:
        self._file.seek(self._span.offset + start)
        encoded = self._file.read(length)
        if len(encoded) != length:
            raise NotBase64Error
        return encoded


def decoded(encoded: bytes) -> bytes:
    """The bytes that `encoded` stands for.

    Raises:
        NotBase64Error: it is no base64.
    """
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise NotBase64Error from error


def read_span(file: Path, span: Span) -> bytes:
    """All the bytes that the span stands for.

    Raises:
        NotBase64Error: it is no base64.
        OSError: the file cannot be read.
    """
    with file.open("rb") as stream:
        stream.seek(span.offset)
        encoded = stream.read(span.length)
    if len(encoded) != span.length or not encoded:
        raise NotBase64Error
    return decoded(encoded)
