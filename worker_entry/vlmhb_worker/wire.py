"""Frames: bytes on a pipe to checked maps and back. Shared by host and worker."""

from __future__ import annotations

import reprlib
import struct
import zlib

import msgpack

# The name alone satisfies type checkers; `typing` would cost every worker start a millisecond.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict

    Message = Dict[str, Any]
else:
    Message = dict

MAGIC = b"VLMB"
FORMAT_VERSION = 1
HEADER = struct.Struct(">4sHHII")


class ProtocolError(Exception):
    """The other side sent something the protocol does not allow, or was about to."""


class Limits:
    """How much one frame may hold, so that decoding it cannot exhaust memory or time."""

    __slots__ = ("containers", "frame_bytes", "items")

    def __init__(self, frame_bytes: int, items: int, containers: int) -> None:
        self.frame_bytes = frame_bytes
        self.items = items  # in one map or list
        self.containers = containers  # maps and lists in the whole frame


FROM_WORKER = Limits(frame_bytes=1 << 20, items=64, containers=64)
FROM_HOST = Limits(frame_bytes=64 << 20, items=1 << 16, containers=1 << 16)


class _Budget:
    """Counts containers while msgpack builds them and refuses what JSON readers would hide."""

    __slots__ = ("left",)

    def __init__(self, containers: int) -> None:
        self.left = containers

    def pairs(self, pairs: list[tuple[Any, Any]]) -> Message:
        self._spend()
        whole = dict(pairs)
        if len(whole) != len(pairs):
            raise ValueError("a key comes twice")
        if not all(type(key) is str for key in whole):
            raise ValueError("a key is not text")
        return whole

    def items(self, items: list[Any]) -> list[Any]:
        self._spend()
        return items

    def _spend(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise ValueError("too many maps and lists")


def _refuse_ext(code: int, _content: bytes) -> None:
    raise ValueError(f"ext type {code}")


def encode(message: Message, limits: Limits) -> bytes:
    """The frame that carries `message`.

    Raises:
        ProtocolError: it holds something that cannot travel, or too much.
    """
    try:
        body = bytes(msgpack.packb(message, use_bin_type=True) or b"")
    except (ValueError, TypeError, OverflowError, RecursionError, MemoryError) as error:
        raise ProtocolError(f"cannot send {reprlib.repr(message)}: {error}") from error
    if len(body) > limits.frame_bytes:
        kind = message.get("type")
        raise ProtocolError(f"a {kind} of {len(body)} bytes, at most {limits.frame_bytes} travel")
    return HEADER.pack(MAGIC, FORMAT_VERSION, 0, len(body), zlib.crc32(body)) + body


def decode_body(body: bytes, limits: Limits) -> Message:
    """The map in a frame's body.

    Raises:
        ProtocolError: it is no such map, or exceeds a limit.
    """
    budget = _Budget(limits.containers)
    try:
        message: object = msgpack.unpackb(
            body,
            raw=False,
            strict_map_key=True,
            max_str_len=limits.frame_bytes,
            max_bin_len=limits.frame_bytes,
            max_array_len=limits.items,
            max_map_len=limits.items,
            max_ext_len=0,
            ext_hook=_refuse_ext,
            list_hook=budget.items,
            object_pairs_hook=budget.pairs,
        )
    except (
        ValueError,
        TypeError,
        OverflowError,
        RecursionError,
        MemoryError,
        msgpack.UnpackException,
    ) as error:
        cause = str(error)[:200] or type(error).__name__
        raise ProtocolError(f"a frame that is not one msgpack map: {cause}") from error
    if not isinstance(message, dict):
        raise ProtocolError(f"a frame that holds {reprlib.repr(message)}, not a map")
    return message


class Decoder:
    """Messages out of the bytes of one direction, in whatever pieces they arrive."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._buffer = bytearray()

    def feed(self, piece: bytes) -> None:
        """Add bytes as they came off the pipe."""
        self._buffer += piece

    def next_message(self) -> Message | None:
        """The next whole message, None when more bytes are needed.

        Raises:
            ProtocolError: the bytes are no frame. The decoder is of no use afterwards.
        """
        if len(self._buffer) < HEADER.size:
            self._check_start()
            return None
        magic, version, flags, length, crc32 = HEADER.unpack_from(self._buffer)
        if (magic, version, flags) != (MAGIC, FORMAT_VERSION, 0):
            raise ProtocolError(f"bytes that are no frame: {bytes(self._buffer[:60])!r}")
        if length > self._limits.frame_bytes:
            raise ProtocolError(
                f"a frame of {length} bytes, at most {self._limits.frame_bytes} are allowed"
            )
        end = HEADER.size + length
        if len(self._buffer) < end:
            return None
        body = bytes(memoryview(self._buffer)[HEADER.size : end])
        if zlib.crc32(body) != crc32:
            raise ProtocolError(f"a frame whose checksum is wrong: {body[:60]!r}")
        del self._buffer[:end]
        return decode_body(body, self._limits)

    def _check_start(self) -> None:
        """Refuse stray bytes at once, not when sixteen of them have come."""
        start = bytes(self._buffer[: len(MAGIC)])
        if not MAGIC.startswith(start):
            raise ProtocolError(f"bytes that are no frame: {bytes(self._buffer)!r}")

    @property
    def is_torn(self) -> bool:
        """True when the bytes so far end inside a frame."""
        return bool(self._buffer)


def sendable(text: str, limit: int) -> str:
    """`text` without lone surrogates, cut to `limit` characters."""
    return text[:limit].encode("utf-8", "backslashreplace").decode("utf-8")[:limit]
