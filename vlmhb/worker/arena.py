"""Memory that one worker sees without a byte being sent."""

import contextlib
import fcntl
import mmap
import os
import threading

ARENA_BYTES = 256 << 20
"""Only what has been filled once takes memory."""
GRAIN_BYTES = 4096

F_SEAL_FUTURE_WRITE = 0x0010
"""fcntl names it since Python 3.13 only."""


class Arena:
    """A sealed memfd that this process fills and the worker may only look at.

    Nobody can cut it short, so no mapping of it can fail under its reader.

    Raises:
        OSError: this system has no such files.
    """

    def __init__(self, size_bytes: int = ARENA_BYTES) -> None:
        own = os.memfd_create("vlmhb-pages", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            os.ftruncate(own, size_bytes)
            fcntl.fcntl(own, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
            self._memory = mmap.mmap(own, size_bytes)
            with contextlib.suppress(OSError):  # since Linux 5.1: nobody else can write
                fcntl.fcntl(own, fcntl.F_ADD_SEALS, F_SEAL_FUTURE_WRITE)
            self.fd = os.open(f"/proc/self/fd/{own}", os.O_RDONLY | os.O_CLOEXEC)
            """For the worker."""
        finally:
            os.close(own)
        self._lock = threading.Lock()
        self._taken: dict[int, int] = {}

    def put(self, content: bytes) -> int | None:
        """Copy `content` into the first room that fits; its offset.

        None when there is no room, or no arena any more.
        """
        wanted = -(-len(content) // GRAIN_BYTES) * GRAIN_BYTES
        with self._lock:
            if self._memory.closed:
                return None
            offset = 0
            for taken_at, size in sorted(self._taken.items()):
                if taken_at - offset >= wanted:
                    break
                offset = taken_at + size
            if len(self._memory) - offset < wanted:
                return None
            self._taken[offset] = wanted
            self._memory[offset : offset + len(content)] = content
        return offset

    def free(self, offset: int) -> None:
        """Let the next page have the room at `offset`."""
        with self._lock:
            del self._taken[offset]

    def close(self) -> None:
        """Give it all back."""
        with self._lock:
            self._memory.close()
        os.close(self.fd)
