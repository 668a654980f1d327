"""Files that will be wanted soon, read so that they come from the kernel's memory then."""

import os
import threading
from collections.abc import Iterable
from pathlib import Path

PIECE_BYTES = 4 << 20


def read_ahead(files: Iterable[Path], stop: threading.Event) -> None:
    """Read every file to its end, one after the other, until `stop` is set.

    What cannot be read is left out. For a thread of its own, which gives way to all others.
    """
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
    room = [bytearray(PIECE_BYTES)]
    for path in files:
        try:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            while not stop.is_set() and os.readv(fd, room):
                pass
        except OSError:
            continue
        finally:
            os.close(fd)
        if stop.is_set():
            return
