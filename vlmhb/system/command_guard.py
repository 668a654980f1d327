"""Nothing of a command outlives the host that started it, not even when the host is killed."""

import atexit
import os
import secrets
import subprocess  # noqa: TID251 - it starts what must outlive the host
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vlmhb.system.command_sweep import end_marked

SWEEP = Path(__file__).with_name("command_sweep.py")

MARK = "VLMHB_COMMAND"
"""The variable by which the processes of a command are known."""


PATIENCE_S = 2.0
"""For the end of what a failed command started; who sleeps in the kernel is not waited for."""


class CommandGuard:
    """A process beside this one that ends what this one had started when it was killed.

    It is started with the first command. PR_SET_PDEATHSIG would have to be set in the command
    itself, and would spare what the command started.
    """

    def __init__(self) -> None:
        self._name = secrets.token_hex(16)
        self._count = 0
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._held_open = -1

    @contextmanager
    def marked(self) -> Iterator[str]:
        """What `MARK` must be for a command; whatever carries it when this fails is killed.

        Raises:
            OSError: no process can be started.
        """
        with self._lock:
            self._count += 1
            mark = f"{self._name}.{self._count}"
            self._start()
        try:
            yield mark
        except BaseException:
            end_marked(f"{MARK}={mark}\0".encode(), PATIENCE_S)
            raise

    def _start(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        self._let_go()
        reader, self._held_open = os.pipe()
        try:
            self._process = subprocess.Popen(
                (sys.executable, "-I", "-S", SWEEP, f"{MARK}={self._name}."),
                env={},
                cwd="/",
                stdin=reader,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        finally:
            os.close(reader)
        atexit.register(self.end)

    def end(self) -> None:
        """Nothing runs any more."""
        atexit.unregister(self.end)
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        self._let_go()

    def _let_go(self) -> None:
        if self._held_open >= 0:
            os.close(self._held_open)
            self._held_open = -1


COMMAND_GUARD = CommandGuard()
"""Of this process."""
