"""Base64 in a file reads like the file that it stands for."""

import base64
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmhb.domain.sample import Span
from vlmhb.system.base64_span import CHUNK_BYTES, Base64Span, NotBase64Error, read_span

BEFORE = b"before\t"


def opened(encoded: bytes) -> Base64Span:
    stream = io.BytesIO(BEFORE + encoded + b"AAAA after")
    return Base64Span(stream, Span(len(BEFORE), len(encoded)))


@given(
    st.binary(min_size=1, max_size=50),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=5),
)
def test_it_reads_and_seeks_like_the_file(content: bytes, steps: list[tuple[int, int]]):
    file = io.BytesIO(content)
    span = io.BufferedReader(opened(base64.b64encode(content)), buffer_size=4)

    for place, size in steps:
        assert file.seek(place) == span.seek(place)
        assert file.read(size) == span.read(size)
    assert file.seek(-1, io.SEEK_END) == span.seek(-1, io.SEEK_END)
    assert file.read() == span.read()


def test_a_long_one_is_decoded_in_parts():
    content = bytes(range(256)) * (CHUNK_BYTES // 100)

    assert content == opened(base64.b64encode(content)).read()


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"AAA",
        b"AAA!",
        b"AA==AAAA",
        b"A===",
        b"AA=A",
        b"====",
        b"\xff\xff\xff\xff",
        b"AA\nAA==",
    ],
)
def test_what_is_no_base64_is_refused(tmp_path: Path, encoded: bytes):
    (tmp_path / "file").write_bytes(BEFORE + encoded)

    with pytest.raises(NotBase64Error, match="not base64"):
        opened(encoded).read()
    with pytest.raises(NotBase64Error):
        read_span(tmp_path / "file", Span(len(BEFORE), len(encoded)))


def test_padding_between_parts_is_refused():
    part = base64.b64encode(bytes(CHUNK_BYTES))
    encoded = part[:-4] + b"AAA=" + part

    with pytest.raises(NotBase64Error):
        opened(encoded).read()


def test_a_file_that_ends_early_is_refused(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"AAAA")

    with pytest.raises(NotBase64Error):
        read_span(tmp_path / "file", Span(0, 8))
    with (tmp_path / "file").open("rb") as stream, pytest.raises(NotBase64Error):
        Base64Span(stream, Span(0, 8))
