"""Where pages that came as bytes are put."""

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from vlmhb.domain.run import Request
from vlmhb.domain.sample import Page, PageContent, PageImage, Span
from vlmhb.domain.task import Generation
from vlmhb.errors import WorkerError
from vlmhb.worker.arena import GRAIN_BYTES, Arena
from vlmhb.worker.cargo import Stowage


def page(content: bytes) -> PageContent:
    return PageContent("page.png", content.hex()[:64], 1, 1, content)


def request(request_id: str, *pages: Page) -> Request:
    return Request(request_id, "toy", "q", "", "/", pages, Generation())


@pytest.fixture
def stowage() -> Iterator[Stowage]:
    arena = Arena(size_bytes=2 * GRAIN_BYTES)
    yield Stowage(arena)
    arena.close()


def test_pages_go_to_the_arena_until_it_is_full_and_then_behind_the_frame(stowage: Stowage) -> None:
    long = b"c" * GRAIN_BYTES
    cargo = stowage.stow(
        request("1", page(b"a" * 10), PageImage("b.png", "00", 1, 1), page(long), page(b"d" * 5))
    )
    behind = stowage.stow(request("2", page(long), page(b"e" * 7)))

    assert (
        {"place": "shared", "offset": 0, "length": 10},
        None,
        {"place": "shared", "offset": GRAIN_BYTES, "length": GRAIN_BYTES},
        {"place": "frame", "offset": 0, "length": 5},
    ) == cargo.buffers
    assert (b"d" * 5,) == cargo.tail
    assert (
        {"place": "frame", "offset": 0, "length": GRAIN_BYTES},
        {"place": "frame", "offset": GRAIN_BYTES, "length": 7},
    ) == behind.buffers
    assert GRAIN_BYTES + 7 == behind.tail_bytes


def test_the_room_of_a_settled_request_goes_to_the_next(stowage: Stowage) -> None:
    pages = (page(b"a"), page(b"b"))
    first = stowage.stow(request("1", *pages))
    stowage.clear("1")
    stowage.clear("never stowed")

    assert first == stowage.stow(request("2", *pages))


def test_a_page_that_is_a_part_of_a_file_travels_as_its_bytes(
    tmp_path: Path, stowage: Stowage
) -> None:
    (tmp_path / "table.tsv").write_bytes(b"x\t" + base64.b64encode(b"page"))
    sha256 = hashlib.sha256(b"page").hexdigest()
    part = PageImage("t#1", sha256, 1, 1, str(tmp_path / "table.tsv"), Span(2, 8))

    shared = stowage.stow(request("1", part))
    behind = Stowage(None).stow(request("1", part))

    assert ({"place": "shared", "offset": 0, "length": 4},) == shared.buffers
    assert (b"page",) == behind.tail


def test_a_page_that_has_changed_does_not_travel(tmp_path: Path, stowage: Stowage) -> None:
    (tmp_path / "table.tsv").write_bytes(base64.b64encode(b"page"))
    part = PageImage("t#1", "0" * 64, 1, 1, str(tmp_path / "table.tsv"), Span(0, 8))

    with pytest.raises(WorkerError, match=r"send request 1: t#1: its file has changed since"):
        stowage.stow(request("1", part))


def test_without_an_arena_everything_goes_behind_the_frame() -> None:
    cargo = Stowage(None).stow(request("1", page(b"abc")))

    assert ({"place": "frame", "offset": 0, "length": 3},) == cargo.buffers
    assert (b"abc",) == cargo.tail
