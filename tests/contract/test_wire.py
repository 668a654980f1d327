"""Frames: what is written, and that nothing else is read."""

import contextlib
import os
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vlmhb_worker import wire
from vlmhb_worker.wire import FROM_HOST, FROM_WORKER, HEADER, Decoder, Limits, ProtocolError

PIPE_BYTES = 1 << 16
"""What fits into any pipe."""

GOLDEN: list[tuple[wire.Message, str]] = [
    (
        {
            "type": "hello",
            "protocol": [2, 2],
            "worker_version": "0",
            "python": "3.8.1",
            "pid": 7,
        },
        "564c4d42000200000000003b000000000d49bf3485a474797065a568656c6c6fa870726f746f636f6c920202"
        "ae776f726b65725f76657273696f6ea130a6707974686f6ea5332e382e31a370696407",
    ),
    (
        {"type": "ping", "nonce": 7},
        "564c4d42000200000000001200000000646ff80a82a474797065a470696e67a56e6f6e636507",
    ),
    ({"type": "drain"}, "564c4d42000200000000000c00000000a41a8af581a474797065a5647261696e"),
    (
        {"type": "log", "level": "info", "text": "Счёт № 5"},
        "564c4d42000200000000002900000000bf3c5fd683a474797065a36c6f67a56c6576656ca4696e666fa474657874ae"
        "d0a1d187d191d18220e284962035",
    ),
]


REQUEST: wire.Message = {
    "type": "request",
    "id": "a",
    "pages": [
        {"sha256": "ab", "path": None, "buffer": {"place": "frame", "offset": 0, "length": 3}}
    ],
}
REQUEST_FRAME = (
    "564c4d42000200000000004f000000035bcbdb5683a474797065a772657175657374a26964a161a5706167657391"
    "83a6736861323536a26162a470617468c0a662756666657283a5706c616365a56672616d65a66f666673657400a6"
    "6c656e67746803"
)


def frame(body: bytes, tail: bytes = b"") -> bytes:
    return HEADER.pack(wire.START, len(body), len(tail), zlib.crc32(body)) + body + tail


def feed(decoder: Decoder, content: bytes) -> Iterator[wire.Message]:
    """Put all of `content` in, and take what comes out after each piece."""
    source, sink = os.pipe()
    with os.fdopen(source, "rb"), os.fdopen(sink, "wb", buffering=0) as pipe:
        for at in range(0, len(content), PIPE_BYTES):
            left = pipe.write(content[at : at + PIPE_BYTES])
            while left:
                left -= decoder.read(source)
                while (message := decoder.next_message()) is not None:
                    yield message


def read(content: bytes, limits: Limits = FROM_WORKER) -> list[wire.Message]:
    return list(feed(Decoder(limits), content))


SESSION = b"".join(
    wire.encode(message, FROM_WORKER)
    for message in (
        {"type": "hello", "protocol": [2, 2], "worker_version": "0", "python": "3.8", "pid": 1},
        {"type": "progress", "stage": "weights", "done": 1, "total": 2},
        {"type": "pong", "nonce": 5},
    )
)

KEY = msgpack.packb("a")
BAD_BODIES = {
    "nothing": b"",
    "a list": msgpack.packb([1]),
    "a number": b"\x01",
    "a reserved byte": b"\xc1",
    "two maps": b"\x80\x80",
    "a cut map": b"\x82" + KEY + b"\x01",
    "bytes": b"\x81" + KEY + msgpack.packb(b"a"),
    "a number written long": b"\x81" + KEY + b"\xcd\x00\x01",
    "a number as key": b"\x81\x01\x01",
    "bytes as key": b"\x81" + msgpack.packb(b"a") + b"\x01",
    "a map as key": b"\x81\x80\x01",
    "a key twice": b"\x82" + KEY + b"\x01" + KEY + b"\x02",
    "a key twice below": b"\x81" + KEY + b"\x82" + KEY + b"\x01" + KEY + b"\x02",
    "an ext": b"\x81" + KEY + b"\xd4\x05\x00",
    "an empty ext": b"\x81" + KEY + b"\xc7\x00\x05",
    "a timestamp": b"\x81" + KEY + b"\xd6\xff\x00\x00\x00\x00",
    "a timestamp out of range": b"\x81" + KEY + b"\xc7\x0c\xff" + b"\xff" * 12,
    "no UTF-8": b"\x81" + KEY + b"\xa1\xff",
    "a lone surrogate": b"\x81" + KEY + b"\xa3\xed\xa0\x80",
    "4 Gi list items": b"\x81" + KEY + b"\xdd\xff\xff\xff\xff",
    "4 Gi map items": b"\xdf\xff\xff\xff\xff",
    "4 GiB of text": b"\x81" + KEY + b"\xdb\xff\xff\xff\xff",
    "65 list items": b"\x81" + KEY + msgpack.packb([0] * 65),
    "nested lists": b"\x81" + KEY + b"\x91" * 100_000,
    "thousands of maps": b"\x81" + KEY + msgpack.packb([[{}] * 64] * 64),
    "a tree of lists": b"\x81" + KEY + msgpack.packb([[[[]] * 30] * 30] * 30),
}


@pytest.mark.parametrize(("message", "content"), GOLDEN)
def test_frames_have_the_bytes_of_the_specification(message: wire.Message, content: str) -> None:
    assert content == wire.encode(message, FROM_HOST).hex()
    assert [message] == read(bytes.fromhex(content))


def test_a_tail_lies_behind_its_frame_and_is_counted_in_its_header() -> None:
    decoder = Decoder(FROM_HOST)

    assert REQUEST_FRAME == wire.encode(REQUEST, FROM_HOST, 3).hex()
    assert [REQUEST] == list(feed(decoder, bytes.fromhex(REQUEST_FRAME) + b"png"))
    assert b"png" == bytes(decoder.tail)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(), below, max_size=4),
    max_leaves=12,
)
MESSAGES = st.dictionaries(st.text(), VALUES, max_size=6)


@given(
    sent=st.lists(st.tuples(MESSAGES, st.binary(max_size=90)), max_size=4),
    cuts=st.lists(st.integers(1, 40), min_size=1),
)
def test_messages_and_tails_survive_any_pieces(
    sent: list[tuple[wire.Message, bytes]], cuts: list[int]
) -> None:
    content = b"".join(wire.encode(message, FROM_HOST, len(tail)) + tail for message, tail in sent)
    decoder = Decoder(FROM_HOST)
    found: list[tuple[wire.Message, bytes]] = []
    at = turn = 0
    while at < len(content):
        size = cuts[turn % len(cuts)]
        pieces = feed(decoder, content[at : at + size])
        found.extend((message, bytes(decoder.tail)) for message in pieces)
        at, turn = at + size, turn + 1

    assert sent == found
    assert not decoder.is_torn


@pytest.mark.parametrize("size", [wire.NEAR_BYTES - 21, wire.NEAR_BYTES, 3 * wire.NEAR_BYTES])
def test_long_bodies_and_tails_leave_their_neighbours_alone(size: int) -> None:
    small = {"type": "ping", "nonce": 1}
    long = {"type": "log", "text": "x" * size}
    tail = bytes(range(256)) * (size // 256)
    content = b"".join(
        (
            wire.encode(small, FROM_HOST),
            wire.encode(long, FROM_HOST, len(tail)),
            tail,
            wire.encode(long, FROM_HOST),
            wire.encode(small, FROM_HOST, len(tail)),
            tail,
            wire.encode(small, FROM_HOST),
        )
    )
    decoder = Decoder(FROM_HOST)
    found = [(message, bytes(decoder.tail)) for message in feed(decoder, content)]

    assert [(small, b""), (long, tail), (long, b""), (small, tail), (small, b"")] == found


def test_a_tail_stays_as_it_is_while_somebody_looks_at_it() -> None:
    """Memory of tails is used again, because fresh memory costs more than the read."""
    decoder = Decoder(FROM_HOST)
    kept: list[memoryview] = []
    for letter in (b"a", b"b", b"c"):
        content = frame(b"\x80", letter * 100_000)
        kept.extend(decoder.tail[5:] for _ in feed(decoder, content))
    del kept[1]
    list(feed(decoder, frame(b"\x80", b"d" * 90_000)))

    assert [b"a" * 99_995, b"c" * 99_995] == kept
    assert decoder.tail.readonly


def test_memory_of_past_tails_is_not_kept_without_end() -> None:
    decoder = Decoder(FROM_HOST)
    content = frame(b"\x80", bytes(wire.SPARE_BYTES // 3))
    kept = [decoder.tail for _ in range(4) for _ in feed(decoder, content)]

    assert 4 == len(kept)
    assert sum(map(len, decoder._spares._held)) <= wire.SPARE_BYTES


@pytest.mark.parametrize("at", range(len(SESSION)))
def test_a_changed_byte_never_changes_a_message(at: int) -> None:
    good = read(SESSION)
    changed = bytearray(SESSION)
    changed[at] ^= 0xFF
    found: list[wire.Message] = []
    decoder = Decoder(FROM_WORKER)
    try:
        found.extend(feed(decoder, bytes(changed)))
    except ProtocolError:
        pass
    else:
        assert decoder.is_torn

    assert found == good[: len(found)]
    assert len(found) < len(good)


@given(content=st.binary(max_size=200))
def test_any_bytes_are_refused_or_wait_for_more(content: bytes) -> None:
    try:
        found = read(content)
    except ProtocolError:
        return

    assert [] == found


@given(body=st.binary(max_size=200) | MESSAGES.map(msgpack.packb))
def test_any_body_is_a_map_or_refused(body: bytes) -> None:
    try:
        found = read(frame(body), FROM_HOST)
    except ProtocolError:
        return

    assert [dict] == [type(message) for message in found]


WHOLE = SESSION + wire.encode({"type": "ping", "nonce": 1}, FROM_HOST, 5) + b"tail!"


@given(
    edits=st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=4),
    end=st.integers(0, len(WHOLE)),
)
def test_any_change_of_frames_is_a_message_a_wait_or_refused(
    edits: list[tuple[int, int]], end: int
) -> None:
    changed = bytearray(WHOLE)
    for at, byte in edits:
        changed[at] = byte
    try:
        found = read(bytes(changed[:end]), FROM_HOST)
    except ProtocolError:
        return

    assert all(type(message) is dict for message in found)


def tree(depth: int, leaf: object) -> object:
    """As many maps and lists as a frame has room for, within what one of them may hold."""
    return [tree(depth - 1, leaf) for _ in range(64)] if depth else leaf


GREEDY = {
    "lists": msgpack.packb({"a": [tree(3, []) for _ in range(3)]}),
    "maps": msgpack.packb({"a": [tree(3, {}) for _ in range(3)]}),
    "numbers": msgpack.packb({"a": [tree(3, 1e9) for _ in range(3)]}),
    "text": msgpack.packb({"a": "\U0001f600" * 260_000}),
    "deep lists": b"\x81" + KEY + b"\x91" * ((1 << 20) - 3),
    "deep maps": (b"\x81" + KEY) * 349_000,
}


@pytest.mark.parametrize("body", GREEDY.values(), ids=GREEDY.keys())
def test_a_frame_of_a_worker_cannot_take_much_memory(body: bytes) -> None:
    content = frame(body)
    decoder = Decoder(FROM_WORKER)
    tracemalloc.start()
    try:
        with contextlib.suppress(ProtocolError):
            list(feed(decoder, content))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak_bytes < 16 << 20


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_a_body_beyond_the_rules_is_refused(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        read(frame(body))


def test_msgpack_without_its_c_part_refuses_the_same() -> None:
    """Some envs have no wheel of msgpack and run its Python fallback."""
    program = """
import sys
from vlmhb_worker.wire import FROM_WORKER, ProtocolError, decode_body
import msgpack.fallback
assert msgpack.unpackb is msgpack.fallback.unpackb
for line in sys.stdin:
    try:
        print(decode_body(bytes.fromhex(line), FROM_WORKER))
    except ProtocolError:
        print("refused")
"""
    folder = str(Path(wire.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", program],
        input="\n".join(body.hex() for body in BAD_BODIES.values()),
        env={"MSGPACK_PUREPYTHON": "1", "PYTHONPATH": folder},
        capture_output=True,
        text=True,
        check=True,
    )

    assert ["refused"] * len(BAD_BODIES) == done.stdout.splitlines()


@pytest.mark.parametrize(
    ("size", "tail", "limits", "complaint"),
    [
        (FROM_WORKER.frame_bytes + 1, 0, FROM_WORKER, "1048577 bytes with 0 .* at most 1048576"),
        (1, 1, FROM_WORKER, "1 bytes with 1 behind it, at most 1048576 and 0 are allowed"),
        (1, FROM_HOST.tail_bytes + 1, FROM_HOST, "268435457 behind it"),
        (2**32 - 1, 2**32 - 1, FROM_HOST, "4294967295 bytes with 4294967295 behind it"),
    ],
)
def test_a_frame_over_a_limit_is_refused_before_its_body_comes(
    size: int, tail: int, limits: Limits, complaint: str
) -> None:
    with pytest.raises(ProtocolError, match=complaint):
        read(HEADER.pack(wire.START, size, tail, 0), limits)


def test_a_stray_byte_is_refused_at_once() -> None:
    with pytest.raises(ProtocolError, match="b'L'"):
        read(b"L")


@pytest.mark.parametrize(
    "header",
    [
        b"VLMB\x00\x03\x00\x00" + bytes(12),
        b"VLMB\x00\x02\x00\x01" + bytes(12),
    ],
)
def test_an_unknown_version_or_flag_is_refused(header: bytes) -> None:
    with pytest.raises(ProtocolError, match="no frame"):
        read(header)


@pytest.mark.parametrize(
    "value", ["\ud800", 2**70, object(), {1: 2}.keys(), "x" * FROM_WORKER.frame_bytes]
)
def test_what_cannot_travel_is_not_sent(value: object) -> None:
    with pytest.raises(ProtocolError):
        wire.encode({"type": "log", "text": value}, FROM_WORKER)


def test_sendable_text_is_cut_and_without_surrogates() -> None:
    assert "a\\ud800b" == wire.sendable("a\ud800b", 100)
    assert "a\\ud" == wire.sendable("a\ud800b", 4)


SHORT_OF_MEMORY = """
import resource, sys
import msgpack, psutil
from vlmhb_worker import wire
message = {"type": "log", "level": "info", "text": "x" * (60 << 20)}
body = msgpack.packb(message)
most = psutil.Process().memory_info().vms + (16 << 20)
resource.setrlimit(resource.RLIMIT_AS, (most, most))
for call in (wire.decode_body, wire.encode):
    try:
        call(body if call is wire.decode_body else message, wire.FROM_HOST)
    except Exception as error:
        print(type(error).__name__)
"""


def test_memory_that_this_process_lacks_is_not_taken_for_a_broken_protocol():
    done = subprocess.run(
        [sys.executable, "-c", SHORT_OF_MEMORY], capture_output=True, text=True, check=True
    )

    assert ["MemoryError"] * 2 == done.stdout.split()
