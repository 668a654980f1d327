"""Frames: bytes on a pipe to checked maps and back. Shared by host and worker."""

from __future__ import annotations

import os
import reprlib
import struct
import zlib
from _thread import _local as ThreadLocal  # noqa: N812 - `threading` costs a start a millisecond

import msgpack

# The name alone satisfies type checkers; `typing` would cost every worker start a millisecond.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict

    Message = Dict[str, Any]
else:
    Message = dict

MAGIC = b"VLMB"
FORMAT_VERSION = 2
FLAGS = 0
HEADER = struct.Struct(">8sIII")
HEADER_BYTES = HEADER.size
START = struct.pack(">4sHH", MAGIC, FORMAT_VERSION, FLAGS)
EMPTY = memoryview(b"")

NEAR_BYTES = 1 << 16
"""What is read at once when nothing is known of the next frame."""
SMALL_BYTES = 1 << 12
"""A body this short cannot hold enough maps and lists to be worth counting them."""
SPARE_BYTES = 64 << 20
"""How much memory of past tails is kept for the next: fresh memory costs more than the read."""


class ProtocolError(Exception):
    """The other side sent something the protocol does not allow, or was about to."""


class Limits:
    """How much one frame may hold, so that decoding it cannot exhaust memory or time."""

    __slots__ = ("containers", "frame_bytes", "items", "tail_bytes")

    def __init__(self, frame_bytes: int, items: int, containers: int, tail_bytes: int) -> None:
        self.frame_bytes = frame_bytes  # of the body
        self.items = items  # in one map or list
        self.containers = containers  # maps and lists in the whole frame
        self.tail_bytes = tail_bytes


FROM_WORKER = Limits(frame_bytes=1 << 20, items=64, containers=64, tail_bytes=0)
FROM_HOST = Limits(frame_bytes=64 << 20, items=1 << 16, containers=1 << 16, tail_bytes=256 << 20)

REFUSALS = (
    ValueError,
    TypeError,
    OverflowError,
    RecursionError,
    msgpack.UnpackException,
)
"""What msgpack raises on values and bytes that it cannot turn into the other.

Not MemoryError: within the limits of a frame it says that this process has no more, whatever came.
"""


class _Own(ThreadLocal):
    """A packer for each thread: making one costs more than packing a small message."""

    def __init__(self) -> None:
        self.pack = msgpack.Packer(use_bin_type=True).pack


_own = _Own()


class _Budget:
    """Counts maps and lists while msgpack builds them."""

    __slots__ = ("left",)

    def __init__(self, containers: int) -> None:
        self.left = containers

    def spend(self, container: Any) -> Any:
        self.left -= 1
        if self.left < 0:
            raise ValueError("too many maps and lists")
        return container


def _refuse_ext(code: int, _content: bytes) -> None:
    raise ValueError(f"ext type {code}")


def encode(message: Message, limits: Limits, tail_bytes: int = 0) -> bytes:
    """The frame that carries `message`, up to its tail.

    Raises:
        ProtocolError: it holds something that cannot travel, or too much.
    """
    try:
        body: bytes = _own.pack(message)
    except REFUSALS as error:
        raise ProtocolError(f"cannot send {reprlib.repr(message)}: {error}") from error
    size = len(body)
    if size > limits.frame_bytes or tail_bytes > limits.tail_bytes:
        raise ProtocolError(
            f"a {message.get('type')} of {size} bytes with {tail_bytes} behind it, "
            f"at most {limits.frame_bytes} and {limits.tail_bytes} travel"
        )
    return HEADER.pack(START, size, tail_bytes, zlib.crc32(body)) + body


def decode_body(body: bytes | bytearray, limits: Limits) -> Message:
    """The map in a frame's body.

    Raises:
        ProtocolError: it is no such map, is written in another way than ours, or exceeds a limit.
    """
    count = None if len(body) <= SMALL_BYTES else _Budget(limits.containers).spend
    try:
        message: object = msgpack.unpackb(
            body,
            raw=False,
            strict_map_key=True,
            max_str_len=limits.frame_bytes,
            max_bin_len=0,
            max_array_len=limits.items,
            max_map_len=limits.items,
            max_ext_len=0,
            ext_hook=_refuse_ext,
            list_hook=count,
            object_hook=count,
        )
        # A key that comes twice, a timestamp and any second way to write a value end here.
        if _own.pack(message) != body:
            raise ValueError("it is not written the one way it can be")
    except REFUSALS as error:
        cause = str(error)[:200] or type(error).__name__
        raise ProtocolError(f"a frame that is not one msgpack map: {cause}") from error
    if type(message) is not dict:
        raise ProtocolError(f"a frame that holds {reprlib.repr(message)}, not a map")
    return message


class _Spares:
    """Memory for tails; some of it has held one that nobody looks at any more."""

    def __init__(self) -> None:
        self._held: list[bytearray] = []

    def take(self, size: int) -> bytearray:
        """At least `size` bytes that are nobody else's."""
        for held in self._held:
            if len(held) >= size and _is_free(held):
                return held
        fresh = bytearray(size)
        if NEAR_BYTES < size <= SPARE_BYTES:
            self._held.append(fresh)
            while sum(map(len, self._held)) > SPARE_BYTES:
                del self._held[0]
        return fresh


def _is_free(memory: bytearray) -> bool:
    """True when no view of it is left: Python lets nobody resize what is viewed."""
    try:
        memory.append(memory.pop())
    except BufferError:
        return False
    return True


class _Far:
    """A frame of which a part is still to come, with memory for all of it."""

    def __init__(self, size: int, tail: memoryview, crc32: int) -> None:
        self.body = bytearray(size)
        self.tail = tail
        self.crc32 = crc32
        self.rooms = [room for room in (memoryview(self.body), tail) if room]

    def add(self, count: int) -> None:
        """Note that `count` bytes were put into `rooms`, one after the other."""
        while count:
            room = self.rooms[0]
            if count < len(room):
                self.rooms[0] = room[count:]
                return
            count -= len(room)
            del self.rooms[0]


class Decoder:
    """Messages out of the bytes of one pipe, in whatever pieces they arrive.

    `read`, then take messages until there is none. The bytes of a long body and of a tail are read
    to where they stay.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._near = b""
        self._at = 0
        self._far: _Far | None = None
        self._spares = _Spares()
        self.tail = EMPTY
        """What came behind the message that was taken last."""

    def read(self, pipe: int) -> int:
        """How many bytes came; 0 at the end of the pipe.

        Raises:
            OSError: as `os.read`.
        """
        if self._far is not None:
            count = os.readv(pipe, self._far.rooms)
            self._far.add(count)
            return count
        piece = os.read(pipe, NEAR_BYTES)
        self._near = self._near[self._at :] + piece if self._at < len(self._near) else piece
        self._at = 0
        return len(piece)

    def next_message(self) -> Message | None:
        """The next whole message, None when more bytes are needed.

        Raises:
            ProtocolError: the bytes are no frame. The decoder is of no use afterwards.
        """
        if self._far is not None:
            return self._finish(self._far)
        near, at = self._near, self._at
        body_at = at + HEADER_BYTES
        if len(near) < body_at:
            self._check_start()
            return None
        start, size, tail_size, crc32 = HEADER.unpack_from(near, at)
        limits = self._limits
        if start != START or size > limits.frame_bytes or tail_size > limits.tail_bytes:
            raise self._refusal(start, size, tail_size)
        self._at = end = body_at + size
        if tail_size or len(near) < end:
            return self._finish(self._start_far(body_at, size, tail_size, crc32))
        self.tail = EMPTY
        return _checked(near[body_at:end], crc32, limits)

    @property
    def is_torn(self) -> bool:
        """True when the bytes so far end inside a frame."""
        return self._far is not None or self._at < len(self._near)

    def _start_far(self, body_at: int, size: int, tail_size: int, crc32: int) -> _Far:
        """Give the frame memory of its own and move there what has come of it."""
        tail = memoryview(self._spares.take(tail_size))[:tail_size]
        self._far = far = _Far(size, tail, crc32)
        for room in tuple(far.rooms):
            have = self._near[body_at : body_at + len(room)]
            room[: len(have)] = have
            far.add(len(have))
            body_at += len(have)
        self._at = body_at
        return far

    def _finish(self, far: _Far) -> Message | None:
        if far.rooms:
            return None
        self._far = None
        self.tail = far.tail.toreadonly()
        return _checked(far.body, far.crc32, self._limits)

    def _check_start(self) -> None:
        """Refuse stray bytes at once, not when a whole header of them has come."""
        have = self._near[self._at :]
        if not START.startswith(have[: len(START)]):
            raise ProtocolError(f"bytes that are no frame: {have!r}")

    def _refusal(self, start: bytes, size: int, tail_size: int) -> ProtocolError:
        if start != START:
            have = self._near[self._at : self._at + 60]
            return ProtocolError(f"bytes that are no frame: {have!r}")
        limits = self._limits
        return ProtocolError(
            f"a frame of {size} bytes with {tail_size} behind it, "
            f"at most {limits.frame_bytes} and {limits.tail_bytes} are allowed"
        )


def _checked(body: bytes | bytearray, crc32: int, limits: Limits) -> Message:
    if zlib.crc32(body) != crc32:
        raise ProtocolError(f"a frame whose checksum is wrong: {bytes(body[:60])!r}")
    return decode_body(body, limits)


def sendable(text: str, limit: int) -> str:
    """`text` without lone surrogates, cut to `limit` characters."""
    return text[:limit].encode("utf-8", "backslashreplace").decode("utf-8")[:limit]
