"""The door for short commands: run one, read what it said, leave nothing of it behind."""

import math
import os
import queue
import signal
import subprocess  # noqa: TID251 - this is the door
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

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


class Command:
    """A command that was started; when it is left, nothing of it is.

    It sees `environment` and a variable with a random value, reads nothing but what it is told, and
    has a process group of its own, which is killed at the end. When this process is killed, all
    that the command started is killed too.

    Example:
        with Command(["/bin/cat"], environment={}, cwd=Path("/"), is_told=True) as command:
            command.tell("words")
            command.wait(timeout_s=1)
        print(command.completed().stdout)
    """

    def __init__(
        self,
        argv: Sequence[str | Path],
        *,
        environment: Mapping[str, str],
        cwd: Path,
        is_told: bool = False,
    ) -> None:
        """Nothing is started yet. `is_told`: it is going to read what `tell` is called with."""
        self._argv = tuple(str(word) for word in argv)
        self._environment = environment
        self._cwd = cwd
        self._stdin = subprocess.PIPE if is_told else subprocess.DEVNULL
        self._events: _Events = queue.SimpleQueue()
        self._waiter = threading.Thread(target=self._announce_end, daemon=True)
        self._open = ExitStack()

    def __enter__(self) -> "Command":
        """Start it.

        Raises:
            OSError: it cannot be started.
            RuntimeError: this process has no thread left to hear it with.
        """
        with ExitStack() as begun:
            mark = begun.enter_context(COMMAND_GUARD.marked())
            self._child = subprocess.Popen(
                self._argv,
                env={**self._environment, MARK: mark},
                cwd=self._cwd,
                stdin=self._stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
            begun.callback(self._end)
            try:
                self._listen()
            except RuntimeError:
                begun.close()  # its pipes end with it
                for pipe in (self._child.stdout, self._child.stderr):
                    if pipe is not None:
                        pipe.close()
                raise
            self._open = begun.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        self._open.__exit__(*error)

    def tell(self, words: str) -> None:
        """Once: all that it is to read, at most 4 KiB, so that nobody waits until it does."""
        if self._child.stdin is not None:
            with suppress(BrokenPipeError), self._child.stdin as pipe:  # it may have ended before
                pipe.write(words.encode())

    def wait(
        self,
        *,
        timeout_s: float | None = None,
        silence_s: float | None = None,
        on_line: Callable[[str], None] | None = None,
        cancelled: threading.Event | None = None,
    ) -> None:
        """Return when it has ended; `on_line` gets each line of stderr as it comes.

        Raises:
            TimeoutError: it ran on for `timeout_s`, or wrote no line to stderr for `silence_s`.
            CommandCancelledError: `cancelled` was set first.
        """
        patience = _Patience(self._argv[0], timeout_s, silence_s)
        for line in _lines_until_end(self._events, patience, cancelled):
            if on_line is not None:
                on_line(line)

    def completed(self, on_line: Callable[[str], None] | None = None) -> Completed:
        """How it ended, once it is left; `on_line` gets what `wait` has not seen."""
        texts = self._stdout.text(), self._stderr.text()
        while on_line is not None and not self._events.empty():
            on_line(self._events.get() or "")
        return Completed(self._argv, self._child.returncode, *texts)

    def _listen(self) -> None:
        # A thread per pipe: a child that fills one while the other is read would stop for good.
        self._stdout = _PipeReader(self._child.stdout)
        self._stderr = _PipeReader(self._child.stderr, self._events)
        self._waiter.start()

    def _end(self) -> None:
        # Before the child is reaped: until then its pid, and so its group, is surely its own.
        os.killpg(self._child.pid, signal.SIGKILL)
        if self._waiter.ident is not None:
            self._waiter.join()
        self._child.wait()
        if self._child.stdin is not None:
            with suppress(BrokenPipeError):
                self._child.stdin.close()

    def _announce_end(self) -> None:
        os.waitid(os.P_PID, self._child.pid, os.WEXITED | os.WNOWAIT)
        self._events.put(None)


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
    """Run a command that reads nothing to its end, as `Command` does, and return what it wrote.

    Raises:
        OSError: the command cannot be started.
        TimeoutError: it ran longer than `timeout_s`, or wrote no line to stderr for `silence_s`.
        CommandCancelledError: `cancelled` was set first.
    """
    with Command(argv, environment=environment, cwd=cwd) as command:
        command.wait(timeout_s=timeout_s, silence_s=silence_s, on_line=on_line, cancelled=cancelled)
    return command.completed(on_line)


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
