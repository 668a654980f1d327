"""Frames of workers that mean harm, and a host that hears them without a worker behind."""

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias
from zlib import crc32

import msgpack
from vlmhb_worker import wire

from tests.contract.workers import ask
from vlmhb.domain.answer import Answer, FailedAnswer
from vlmhb.worker import Answered, Launch, Worker, WorkerEvent
from vlmhb.worker.cargo import Stowage

Chance: TypeAlias = random.Random
Change: TypeAlias = Callable[[Any, Chance], Any]

ASKED = ("first", "second", "third")
"""Ids of the requests that the host waits for."""

ERROR = {"type": "ValueError", "message": "no page", "traceback": "Traceback\n"}
ANSWER: wire.Message = {
    "type": "answer",
    "id": "first",
    "text": "Счёт № 5\n| a | b |",
    "full_length_chars": None,
    "finish_reason": "stop",
    "usage": {"prompt_tokens": 12, "image_tokens": None, "completion_tokens": 7},
    "timing": {"preprocess_s": 0.25, "first_token_s": None, "generate_s": 1.5},
    "degraded": ["shrunk"],
}
SESSION: tuple[wire.Message, ...] = (
    {"type": "hello", "protocol": [2, 2], "worker_version": "0", "python": "3.8.1", "pid": 7},
    {"type": "progress", "stage": "weights", "done": 1, "total": 2},
    {"type": "log", "level": "info", "text": "loading"},
    {
        "type": "loaded",
        "load_s": 1.5,
        "window": 3,
        "batch_size": 2,
        "gpu_memory_bytes": 1 << 30,
        "facts": {"torch": "2.8", "device": "cpu"},
    },
    {"type": "load_failed", "error": ERROR},
    ANSWER,
    {"type": "failed", "id": "second", "reason": "oom", "error": ERROR},
    {**ANSWER, "id": "third", "text": "x" * 70_000},
    {"type": "pong", "nonce": 5},
)
"""One message of each kind, and one that is too long to come in one piece."""

VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63 - 1, 2**63, 2**64 - 1, -(2**63)),
    *(0.0, -0.0, 1e308, -1.5, float("nan"), float("inf"), float("-inf")),
    *("", "\0", "x", "first", "nobody", "stop", "\u202e\x1b[2J\u2028", "x" * 300, "=1+1"),
    *("я" * 5_000, b"", b"\xff", b"x" * 300, [], [[]], [[]] * 65, [[[]] * 30] * 30, {}, {"a": {}}),
    *({1: 1}, {b"a": 1}, {str(key): key for key in range(70)}),
    *(msgpack.ExtType(5, b"\0"), msgpack.ExtType(127, b""), msgpack.Timestamp(0)),
)
"""Put in the place of others."""

RAW = (
    *(b"\xc1", b"\xd9\x01a", b"\xcd\x00\x01", b"\xcf" + bytes(8), b"\xa1\xff", b"\xa3\xed\xa0\x80"),
    *(b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff", b"\xc9" * 6),
    *(b"\xd6\xff" + bytes(4), b"\xc7\x0c\xff" + b"\xff" * 12, b"\x91" * 600, b"\x81\xa0" * 600),
    *(b"\x92\xc0", b"\xca\x7f\xc0\x00\x00", b"\xc4\x00", b"\x80", b"\x90"),
)
"""Values as no writer of ours writes them."""


def framed(body: bytes) -> bytes:
    """A frame whose header is right, whatever its body is."""
    return wire.HEADER.pack(wire.START, len(body), 0, crc32(body)) + body


def _packed(message: Any) -> bytes:
    packed: bytes = msgpack.packb(message, unicode_errors="surrogatepass")
    return packed


def _one_other_value(value: Any, chance: Chance) -> Any:
    """The same with something else somewhere in it."""
    if not isinstance(value, (dict, list)) or not value or chance.random() < 0.2:
        return chance.choice(VALUES)
    if isinstance(value, list):
        place = chance.randrange(len(value))
        return [*value[:place], _one_other_value(value[place], chance), *value[place + 1 :]]
    key = chance.choice(list(value))
    return {**value, key: _one_other_value(value[key], chance)}


def _other_value(message: wire.Message, chance: Chance) -> bytes:
    return _packed(_one_other_value(message, chance))


def _other_key(message: wire.Message, chance: Chance) -> bytes:
    key = chance.choice(list(message))
    rest = {name: value for name, value in message.items() if name != key}
    named = chance.choice(("", "Type", "__proto__", "id", "x" * 300, "\0"))
    return _packed({**rest, named: message[key]} if chance.random() < 0.6 else rest)


def _key_twice(message: wire.Message, chance: Chance) -> bytes:
    key = chance.choice(list(message))
    twice = _packed(key) + _packed(chance.choice(VALUES))
    return bytes([0x80 | (len(message) + 1) & 0x0F]) + _packed(message)[1:] + twice


def _raw_part(message: wire.Message, chance: Chance) -> bytes:
    body = _packed(message)
    place = chance.randrange(len(body) + 1)
    return body[:place] + chance.choice(RAW) + body[place + chance.choice((0, 0, 1, 5)) :]


def _other_bytes(message: wire.Message, chance: Chance) -> bytes:
    body = bytearray(_packed(message))
    for _ in range(chance.choice((1, 1, 2, 8))):
        body[chance.randrange(len(body))] = chance.randrange(256)
    return bytes(body)


def _cut(message: wire.Message, chance: Chance) -> bytes:
    body = _packed(message)
    return body[: chance.randrange(len(body))]


def _joined(message: wire.Message, chance: Chance) -> bytes:
    return _packed(message) + _packed(chance.choice(SESSION))


CHANGES = (_other_value, _other_value, _other_value, _other_key, _key_twice, _raw_part)
ROUGH = (_other_bytes, _cut, _joined)


def _bad_header(frame: bytes, chance: Chance) -> bytes:
    changed = bytearray(frame)
    changed[chance.randrange(wire.HEADER_BYTES)] = chance.randrange(256)
    return bytes(changed)


def _flipped(frame: bytes, chance: Chance) -> bytes:
    changed = bytearray(frame)
    changed[chance.randrange(len(frame))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _broken_off(frame: bytes, chance: Chance) -> bytes:
    return frame[: chance.randrange(len(frame))]


def _stray(frame: bytes, chance: Chance) -> bytes:
    place = chance.randrange(len(frame))
    return frame[:place] + chance.randbytes(chance.choice((1, 1, 4))) + frame[place:]


HEADERS = (_bad_header, _flipped, _broken_off, _stray)


def hostile_frame(chance: Chance) -> bytes:
    """A message of a worker, changed; its checksum is right more often than not."""
    message = chance.choice(SESSION)
    luck = chance.random()
    if luck < 0.25:
        return chance.choice(HEADERS)(framed(_packed(message)), chance)
    return framed(chance.choice(CHANGES if luck < 0.8 else ROUGH)(message, chance))


class Host:
    """The client of a worker that has greeted, loads, and owes three answers."""

    def __init__(self, folder: Path) -> None:
        self.events: list[WorkerEvent] = []
        self._folder = folder
        self._source, self._sink = os.pipe()

    def close(self) -> None:
        """Give back its pipe."""
        os.close(self._source)
        os.close(self._sink)

    def hear(self, content: bytes) -> list[WorkerEvent]:
        """What comes of these bytes, which must fit into a pipe or come in pieces.

        Raises:
            ProtocolError: they are refused, from some message on.
        """
        events: list[WorkerEvent] = []
        client = self._client(events)
        decoder = wire.Decoder(wire.FROM_WORKER)
        for piece in _pieces(content):
            left = os.write(self._sink, piece)
            while left:
                left -= decoder.read(self._source)
                while (message := decoder.next_message()) is not None:
                    client._receive(message)
                    _check(events)
        return events

    def clear(self) -> None:
        """Forget what a refusal has left in the pipe."""
        self.close()
        self._source, self._sink = os.pipe()

    def _client(self, events: list[WorkerEvent]) -> Worker:
        launch = Launch("", {}, self._folder, self._folder / "log", "toy")
        client = Worker(launch, events.append)
        client._stowage = Stowage(None)
        client._has_greeted = client._load_is_owed = True
        client._owed = {name: ask(name) for name in ASKED}
        return client


def _pieces(content: bytes) -> Iterator[bytes]:
    for at in range(0, len(content), wire.NEAR_BYTES):
        yield content[at : at + wire.NEAR_BYTES]


def _check(events: list[WorkerEvent]) -> None:
    """Each answer is to a question that was asked, and the only one."""
    ids = [event.outcome.request_id for event in events if isinstance(event, Answered)]
    assert len(ids) == len(set(ids))
    assert set(ids) <= set(ASKED)
    for event in events:
        if isinstance(event, Answered):
            assert isinstance(event.outcome, Answer | FailedAnswer)
