"""Where pages that came as bytes are put."""

from collections.abc import Iterator

import pytest

from vlmhb.domain.run import Request
from vlmhb.domain.sample import Page, PageContent, PageImage
from vlmhb.domain.task import Generation
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


def test_without_an_arena_everything_goes_behind_the_frame() -> None:
    cargo = Stowage(None).stow(request("1", page(b"abc")))

    assert ({"place": "frame", "offset": 0, "length": 3},) == cargo.buffers
    assert (b"abc",) == cargo.tail
