"""Frames: what is written, and that nothing else is read."""

import subprocess
import sys
import zlib
from pathlib import Path

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vlmhb_worker import wire
from vlmhb_worker.wire import FROM_HOST, FROM_WORKER, HEADER, Decoder, Limits, ProtocolError

GOLDEN = [
    (
        {"type": "ping", "nonce": 7},
        "564c4d420001000000000012646ff80a82a474797065a470696e67a56e6f6e636507",
    ),
    ({"type": "drain"}, "564c4d42000100000000000ca41a8af581a474797065a5647261696e"),
    (
        {"type": "log", "level": "info", "text": "Счёт № 5"},
        "564c4d420001000000000029bf3c5fd683a474797065a36c6f67a56c6576656ca4696e666fa474657874ae"
        "d0a1d187d191d18220e284962035",
    ),
]


def frame(body: bytes) -> bytes:
    return HEADER.pack(wire.MAGIC, wire.FORMAT_VERSION, 0, len(body), zlib.crc32(body)) + body


def read(content: bytes, limits: Limits = FROM_WORKER) -> list[wire.Message]:
    decoder = Decoder(limits)
    decoder.feed(content)
    found = []
    while (message := decoder.next_message()) is not None:
        found.append(message)
    return found


SESSION = b"".join(
    wire.encode(message, FROM_WORKER)
    for message in (
        {"type": "hello", "protocol": [1, 1], "worker_version": "0", "python": "3.8", "pid": 1},
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
    "a megabyte of maps": b"\x81" + KEY + b"\xdc\x00\x40" + b"\x80" * 64,
    "a tree of lists": b"\x81" + KEY + msgpack.packb([[[[]] * 30] * 30] * 30),
}


@pytest.mark.parametrize(("message", "content"), GOLDEN)
def test_frames_have_the_bytes_of_the_specification(message: wire.Message, content: str) -> None:
    assert content == wire.encode(message, FROM_HOST).hex()
    assert [message] == read(bytes.fromhex(content))


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(), below, max_size=4),
    max_leaves=12,
)
MESSAGES = st.dictionaries(st.text(), VALUES, max_size=6)


@given(messages=st.lists(MESSAGES, max_size=4), cuts=st.lists(st.integers(1, 40), min_size=1))
def test_messages_survive_any_pieces(messages: list[wire.Message], cuts: list[int]) -> None:
    content = b"".join(wire.encode(message, FROM_HOST) for message in messages)
    decoder = Decoder(FROM_HOST)
    found = []
    at = turn = 0
    while at < len(content):
        size = cuts[turn % len(cuts)]
        decoder.feed(content[at : at + size])
        at, turn = at + size, turn + 1
        while (message := decoder.next_message()) is not None:
            found.append(message)

    assert messages == found
    assert not decoder.is_torn


@pytest.mark.parametrize("at", range(len(SESSION)))
def test_a_changed_byte_never_changes_a_message(at: int) -> None:
    good = read(SESSION)
    changed = bytearray(SESSION)
    changed[at] ^= 0xFF
    found: list[wire.Message] = []
    decoder = Decoder(FROM_WORKER)
    decoder.feed(bytes(changed))
    try:
        while (message := decoder.next_message()) is not None:
            found.append(message)
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


def test_a_frame_over_the_limit_is_refused_before_its_body_comes() -> None:
    header = HEADER.pack(wire.MAGIC, wire.FORMAT_VERSION, 0, FROM_WORKER.frame_bytes + 1, 0)

    with pytest.raises(ProtocolError, match="1048577 bytes, at most 1048576"):
        read(header)


def test_a_stray_byte_is_refused_at_once() -> None:
    with pytest.raises(ProtocolError, match="b'L'"):
        read(b"L")


@pytest.mark.parametrize(
    "header",
    [
        HEADER.pack(wire.MAGIC, wire.FORMAT_VERSION + 1, 0, 0, 0),
        HEADER.pack(wire.MAGIC, wire.FORMAT_VERSION, 1, 0, 0),
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
