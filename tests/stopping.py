"""Commands that are told to end while they are at something, and what must be left of that."""

import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.fault.census import BREATH
from tests.onlooker import Onlooker
from tests.workspace import Workspace

LONGEST_STOP_S = 10.0
"""What a pod gives a program that it asks to end."""
PATIENCE_S = 60.0
"""Only a broken test waits this long."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """How a command ended after a signal."""

    seconds: float
    out: str
    err: str

    @property
    def resume(self) -> str:
        """What it says to type to go on."""
        (line,) = [line for line in self.err.splitlines() if line.startswith("vlmhb: stopped by ")]
        return line.partition("; to go on: ")[2]


@dataclass(frozen=True, slots=True)
class Ward:
    """A user's folder with a TMPDIR of its own, by which all that a command leaves is known."""

    space: Workspace
    scratch: Path
    onlooker: Onlooker

    @classmethod
    def of(cls, space: Workspace, onlooker: Onlooker) -> "Ward":
        scratch = space.path / "scratch"
        scratch.mkdir()
        return cls(space, scratch, onlooker)

    def start(self, *words: str, **more: str) -> "subprocess.Popen[str]":
        return self.space.start(*words, TMPDIR=str(self.scratch), **more)

    def stop(self, host: "subprocess.Popen[str]", number: signal.Signals) -> Stopped:
        """Send the signal; the command must end as it should and leave nothing running."""
        began_s = time.monotonic()
        host.send_signal(number)
        out, err = host.communicate(timeout=PATIENCE_S)
        seconds = self.onlooker.seconds_since(began_s)
        assert 128 + number == host.returncode, err
        assert "Traceback" not in err
        assert seconds <= LONGEST_STOP_S
        assert [] == self.running()
        assert [] == [file.name for file in self.scratch.iterdir()]
        return Stopped(seconds, out, err)

    def running(self) -> list[str]:
        """The command lines of `processes`."""
        found = []
        for process in self.processes():
            with suppress(psutil.Error):
                found.append(" ".join(process.cmdline()))
        return found

    def processes(self) -> list[psutil.Process]:
        """Those that were started here: the name of the folder is in what all of them were given.

        A zombie is none.
        """
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                known = [*process.cmdline(), *process.environ().values()]
                if any(str(self.scratch) in word for word in known):
                    found.append(process)
        return found

    def wait_until_gone(self) -> float:
        """How long it takes until nothing runs."""
        began_s = time.monotonic()
        while left := self.running():
            assert time.monotonic() - began_s < PATIENCE_S, left
        return time.monotonic() - began_s


def wait_until_it_listens(host: "subprocess.Popen[str]") -> None:
    """Until a signal no longer finds a Python that is only starting, or the command is over."""
    while host.poll() is None:
        with suppress(FileNotFoundError, ProcessLookupError):
            status = Path(f"/proc/{host.pid}/status").read_text()
            (caught,) = (line for line in status.splitlines() if line.startswith("SigCgt:"))
            if int(caught.split()[1], 16) & 1 << (signal.SIGTERM - 1):
                return
        BREATH.wait(0.005)


@dataclass(frozen=True, slots=True)
class SilentServer:
    """Takes connections and says nothing."""

    url: str
    is_asked: threading.Event


@contextmanager
def silent_server() -> Iterator[SilentServer]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        is_asked = threading.Event()
        held: list[socket.socket] = []

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    held.append(connection)
                    if connection.recv(1):
                        is_asked.set()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield SilentServer(f"http://127.0.0.1:{listening.getsockname()[1]}", is_asked)
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(PATIENCE_S)
            for connection in held:
                connection.close()
