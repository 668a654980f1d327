"""Memory shared with one worker."""

import mmap
import os
from collections.abc import Iterator

import pytest

from vlmhb.worker.arena import GRAIN_BYTES, Arena


@pytest.fixture
def arena() -> Iterator[Arena]:
    made = Arena(size_bytes=4 * GRAIN_BYTES)
    yield made
    made.close()


def seen(arena: Arena, offset: int, size: int) -> bytes:
    """What a worker sees there."""
    with mmap.mmap(arena.fd, 0, prot=mmap.PROT_READ) as view:
        return view[offset : offset + size]


def test_what_is_put_in_is_seen_through_the_file(arena: Arena) -> None:
    first = arena.put(b"one")
    second = arena.put(b"two" * GRAIN_BYTES)

    assert first is not None
    assert second is not None
    assert b"one" == seen(arena, first, 3)
    assert b"two" * GRAIN_BYTES == seen(arena, second, 3 * GRAIN_BYTES)


def test_a_full_arena_says_so_and_stays_as_it_is(arena: Arena) -> None:
    offset = arena.put(b"a" * 3 * GRAIN_BYTES)

    assert arena.put(b"b" * (GRAIN_BYTES + 1)) is None
    assert offset is not None
    assert b"a" * 3 * GRAIN_BYTES == seen(arena, offset, 3 * GRAIN_BYTES)


def test_freed_room_is_used_again_and_neighbours_keep_theirs(arena: Arena) -> None:
    first, second, third = (arena.put(letter * GRAIN_BYTES) for letter in (b"a", b"b", b"c"))
    assert first is not None
    assert second is not None
    assert third is not None
    arena.free(second)
    again = arena.put(b"d" * 100)

    assert second == again
    assert b"a" * GRAIN_BYTES == seen(arena, first, GRAIN_BYTES)
    assert b"c" * GRAIN_BYTES == seen(arena, third, GRAIN_BYTES)


def test_room_freed_side_by_side_becomes_one(arena: Arena) -> None:
    offsets = [arena.put(b"a" * GRAIN_BYTES) for _ in range(4)]
    for offset in offsets[1:3]:
        assert offset is not None
        arena.free(offset)

    assert GRAIN_BYTES == arena.put(b"b" * 2 * GRAIN_BYTES)


def test_nobody_else_can_cut_grow_or_write_it(arena: Arena) -> None:
    """A mapping of a file that was cut kills the process that looks at it."""
    again = os.open(f"/proc/self/fd/{arena.fd}", os.O_RDWR)
    try:
        for size in (0, 8 * GRAIN_BYTES):
            with pytest.raises(PermissionError):
                os.ftruncate(again, size)
        with pytest.raises(PermissionError):
            mmap.mmap(again, 0)
        with pytest.raises(PermissionError):
            os.write(again, b"x")
    finally:
        os.close(again)


def test_a_closed_arena_takes_nothing() -> None:
    other = Arena(size_bytes=GRAIN_BYTES)
    other.close()

    assert other.put(b"x") is None
