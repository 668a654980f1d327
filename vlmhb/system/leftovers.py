"""What a worker left behind whose guard was killed before it could clear up."""

import contextlib
import os
import signal
from pathlib import Path

_ROUNDS = 10
"""A process may be forked while the others are looked for."""


def kill_at_home_in(folder: Path) -> None:
    """Kill every process whose HOME is `folder`.

    Each one of a worker has its scratch folder for a HOME, and nothing else has that one. What
    cleared its environment, or may not be looked at, is not found.
    """
    mark = b"\0HOME=" + os.fsencode(folder) + b"\0"
    for _ in range(_ROUNDS):
        pids = (int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit())
        if not sum(_kill_if(pid, mark) for pid in pids):
            return


def _kill_if(pid: int, mark: bytes) -> bool:
    with contextlib.suppress(OSError, AttributeError):  # it is gone, or pidfds are not known here
        process = os.pidfd_open(pid)  # with it no other process is killed that gets this number
        try:
            environ = Path(f"/proc/{pid}/environ").read_bytes()
            if mark in b"\0" + environ + b"\0":
                signal.pidfd_send_signal(process, signal.SIGKILL)
                return True
        finally:
            os.close(process)
    return False
