"""The order in which frames leave."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from vlmhb.worker.outbox import Outbox

BEYOND_A_PIPE = 3 << 20


@dataclass
class Pipe:
    outbox: Outbox
    reader: int

    def drain(self) -> bytes:
        """Everything that leaves while somebody reads."""
        pieces = []
        while True:
            self.outbox.flush()
            try:
                pieces.append(os.read(self.reader, 1 << 20))
            except BlockingIOError:
                return b"".join(pieces)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    os.set_blocking(reader, False)
    yield Pipe(Outbox(writer), reader)
    os.close(writer)
    os.close(reader)


def test_frames_leave_in_order_and_whole(pipe: Pipe) -> None:
    body = bytes(range(256)) * (BEYOND_A_PIPE // 256)
    pipe.outbox.add((b"head", body, memoryview(body)[5:]), None)
    pipe.outbox.add((b"next",), None)
    left = pipe.drain()

    assert b"head" + body + body[5:] + b"next" == left
    assert not pipe.outbox


def test_an_urgent_frame_passes_all_that_have_not_begun_to_leave(pipe: Pipe) -> None:
    pipe.outbox.add((b"a" * BEYOND_A_PIPE,), "first")
    pipe.outbox.add((b"b",), "second")
    pipe.outbox.flush()
    pipe.outbox.add_urgent((b"!",))

    assert b"a" * BEYOND_A_PIPE + b"!b" == pipe.drain()


def test_a_frame_that_has_not_begun_to_leave_can_be_taken_back(pipe: Pipe) -> None:
    pipe.outbox.add((b"a" * BEYOND_A_PIPE,), "first")
    pipe.outbox.add((b"b",), "second")
    pipe.outbox.flush()

    assert not pipe.outbox.withdraw("first")
    assert pipe.outbox.withdraw("second")
    assert not pipe.outbox.withdraw("second")
    assert b"a" * BEYOND_A_PIPE == pipe.drain()


def test_taking_all_back_leaves_the_urgent_and_the_begun(pipe: Pipe) -> None:
    pipe.outbox.add((b"a" * BEYOND_A_PIPE,), "first")
    pipe.outbox.flush()
    pipe.outbox.add((b"b",), None)
    pipe.outbox.add_urgent((b"!",))
    pipe.outbox.withdraw_all()

    assert b"a" * BEYOND_A_PIPE + b"!" == pipe.drain()


def test_a_frame_of_more_parts_than_one_call_takes_leaves_whole(pipe: Pipe) -> None:
    parts = [bytes([number % 256]) * 3 for number in range(3_000)]
    pipe.outbox.add(parts, None)

    assert b"".join(parts) == pipe.drain()


def test_nothing_is_kept_for_a_pipe_that_nobody_reads() -> None:
    reader, writer = os.pipe()
    outbox = Outbox(writer)
    os.close(reader)
    outbox.add((b"a",), None)
    outbox.add_urgent((b"b",))
    outbox.flush()
    os.close(writer)

    assert not outbox
