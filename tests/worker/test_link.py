"""The worker's end of the pipes."""

import os
import select
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from vlmhb_worker import wire
from vlmhb_worker.link import NO_ARENA, Link

BEYOND_A_PIPE = 500_000
PATIENCE_S = 30.0


def log(text: str) -> dict[str, Any]:
    return {"type": "log", "level": "info", "text": text}


@dataclass
class Ends:
    link: Link
    requests: int
    answers: int

    def receive(self, count: int) -> list[str]:
        """The texts of the next messages from the worker."""
        decoder = wire.Decoder(wire.FROM_WORKER)
        texts: list[str] = []
        while len(texts) < count:
            assert select.select([self.answers], [], [], PATIENCE_S)[0], "nothing comes"
            decoder.read(self.answers)
            while (message := decoder.next_message()) is not None:
                texts.append(message["text"])
        return texts


@pytest.fixture
def ends() -> Iterator[Ends]:
    source, requests = os.pipe()
    answers, sink = os.pipe()
    yield Ends(Link(source, sink, NO_ARENA), requests, answers)
    for fd in (source, requests, answers, sink):
        os.close(fd)


def test_what_is_urgent_waits_for_one_frame_at_most(ends: Ends) -> None:
    first = threading.Thread(target=ends.link.send, args=(log("a" * BEYOND_A_PIPE),))
    first.start()
    # It has begun, and goes on when we read: until then nobody else can send.
    select.select([ends.answers], [], [])
    second = threading.Thread(target=ends.link.send, args=(log("second"),))
    second.start()
    ends.link.send_first(log("urgent"))
    texts = ends.receive(3)
    first.join()
    second.join()

    assert ["a" * BEYOND_A_PIPE, "urgent", "second"] == texts


def test_what_is_urgent_is_sent_before_the_next_message_is_waited_for(ends: Ends) -> None:
    os.write(ends.requests, wire.encode({"type": "drain"}, wire.FROM_HOST))
    for number in range(3):
        ends.link.send_first(log(str(number)))
    message = ends.link.receive()

    assert {"type": "drain"} == message
    assert ["0", "1", "2"] == ends.receive(3)


def test_messages_from_many_threads_arrive_whole(ends: Ends) -> None:
    texts = [letter * 100_000 for letter in "abcdefgh"]
    senders = [threading.Thread(target=ends.link.send, args=(log(text),)) for text in texts]
    for sender in senders:
        sender.start()
    received = ends.receive(len(texts))
    for sender in senders:
        sender.join()

    assert texts == sorted(received)


def test_a_closed_pipe_is_the_end_of_messages(ends: Ends) -> None:
    source, sink = os.pipe()
    os.close(sink)
    link = Link(source, -1, NO_ARENA)

    assert link.receive() is None
    os.close(source)
