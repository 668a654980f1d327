"""The door for short commands: run one, read what it said, leave nothing of it behind."""

import math
import os
import queue
import signal
import subprocess  # noqa: TID251 - this is the door
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from vlmhb.system.clock import AttentiveClock
from vlmhb.system.command_guard import COMMAND_GUARD, MARK

NETWORK_SETTINGS = (
    "ALL_PROXY",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
)
"""Variables that say how a network is reached, and whom to trust there."""

_LOOK_UP_S = 0.1
"""How often a silent command's deadline and its caller's wish are looked at."""

_DRAIN_S = 2.0
"""How long a pipe may stay open after its command died: only an escaped daemon holds it then."""


@dataclass(frozen=True, slots=True)
class Completed:
    """A command that came to its end, well or badly."""

    argv: tuple[str, ...]
    returncode: int
    """Negative: the signal that ended it."""
    stdout: str
    stderr: str


class CommandCancelledError(Exception):
    """The caller's `cancelled` was set before the command ended; nothing of it is left."""


def inherited_environment(names: Iterable[str]) -> dict[str, str]:
    """The variables of this process that a child may see: those in `names`, where they are set."""
    own = os.environ  # noqa: TID251 - one of the three files that read it
    return {name: own[name] for name in names if name in own}


def set_where_unset(variables: Mapping[str, str]) -> None:
    """Give this process variables that a library reads, where the user has not."""
    for name, value in variables.items():
        os.environ.setdefault(name, value)  # noqa: TID251 - as above


def inherited_families(prefixes: tuple[str, ...]) -> dict[str, str]:
    """The variables of this process whose names begin with one of `prefixes`."""
    own = os.environ  # noqa: TID251 - as above
    return {name: value for name, value in own.items() if name.startswith(prefixes)}


def run(  # noqa: PLR0913 - all but two are wishes that most callers do not have
    argv: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    cwd: Path,
    timeout_s: float | None = None,
    silence_s: float | None = None,
    on_line: Callable[[str], None] | None = None,
    cancelled: threading.Event | None = None,
) -> Completed:
    """Run a command to its end and return what it wrote.

    It sees `environment` and a variable with a random value, reads nothing, and has a process group
    of its own, which is killed when the command ends, when the caller is interrupted, when the time
    is up and when `cancelled` is set; when this process is killed, all that the command started is
    killed too. `on_line` gets each line of stderr as it comes.

    Raises:
        OSError: the command cannot be started.
        TimeoutError: it ran longer than `timeout_s`, or wrote no line to stderr for `silence_s`.
        CommandCancelledError: `cancelled` was set first.
    """
    words = tuple(str(word) for word in argv)
    tell = on_line or _ignore
    with COMMAND_GUARD.marked() as mark:
        child = subprocess.Popen(
            words,
            env={**environment, MARK: mark},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        events: _Events = queue.SimpleQueue()
        # A thread per pipe: a child that fills one while the other is read would stop for good.
        stdout = _PipeReader(child.stdout)
        stderr = _PipeReader(child.stderr, events)
        waiter = threading.Thread(target=_announce_end, args=(child.pid, events), daemon=True)
        waiter.start()
        try:
            patience = _Patience(words[0], timeout_s, silence_s)
            for line in _lines_until_end(events, patience, cancelled):
                tell(line)
        finally:
            # Before the child is reaped: until then its pid, and so its group, is surely its own.
            os.killpg(child.pid, signal.SIGKILL)
            waiter.join()
            child.wait()
    completed = Completed(words, child.returncode, stdout.text(), stderr.text())
    while not events.empty():
        tell(events.get() or "")
    return completed


_Events = queue.SimpleQueue[str | None]
"""Lines of stderr, and None when the command ended."""


class _Patience:
    """How long a command may go on, from now."""

    def __init__(self, name: str, timeout_s: float | None, silence_s: float | None) -> None:
        self.name = name
        self._timeout_s = math.inf if timeout_s is None else timeout_s
        self._silence_s = math.inf if silence_s is None else silence_s
        self._clock = AttentiveClock()
        self._began_s = self._heard_s = self._clock()

    def hear(self) -> None:
        """It wrote something."""
        self._heard_s = self._clock()

    def check(self) -> None:
        """Do nothing while there is some left.

        Raises:
            TimeoutError: there is none.
        """
        now_s = self._clock()
        if now_s - self._began_s >= self._timeout_s:
            raise TimeoutError(f"{self.name} was still running after {self._timeout_s:g} s")
        if now_s - self._heard_s >= self._silence_s:
            raise TimeoutError(f"{self.name} said nothing for {self._silence_s:g} s")


def _lines_until_end(
    events: _Events, patience: _Patience, cancelled: threading.Event | None
) -> Iterator[str]:
    while True:
        try:
            line = events.get(timeout=_LOOK_UP_S)
        except queue.Empty:
            pass
        else:
            if line is None:
                return
            patience.hear()
            yield line
        if cancelled is not None and cancelled.is_set():
            raise CommandCancelledError(patience.name)
        patience.check()


def _announce_end(pid: int, events: _Events) -> None:
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    events.put(None)


def _ignore(_line: str) -> None:
    pass


class _PipeReader:
    """Everything that came through a pipe, read as it comes."""

    def __init__(self, pipe: IO[bytes] | None, events: _Events | None = None) -> None:
        self._pipe = pipe
        self._events = events
        self._lines: list[str] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def text(self) -> str:
        """What was read until the pipe's end, or until it was clear that none will come."""
        self._thread.join(_DRAIN_S)
        return "".join(self._lines)

    def _read(self) -> None:
        if self._pipe is None:
            return
        with self._pipe:
            for raw in self._pipe:
                line = raw.decode("utf-8", "backslashreplace")
                self._lines.append(line)
                if self._events is not None:
                    self._events.put(line.rstrip("\r\n"))
