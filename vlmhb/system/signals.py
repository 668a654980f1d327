"""Ctrl-C and its relatives: once means finish cleanly, twice means now."""

import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType

from vlmhb.domain.secret_text import without_user
from vlmhb.errors import Interrupted, StorageError, stopped_by
from vlmhb.system.clock import AttentiveClock
from vlmhb.system.early_signals import EARLY, HANDLED

STOP_S = 9.0
"""How long stopping may take in all. Pods are killed some ten seconds after they were asked to end,
and whoever asks by hand does not wait longer either."""

LOOK_S = 0.25
"""How often it is looked how much of that is left."""

AGAIN_S = 0.02
"""How long after a signal that was raised where nobody heard it it is raised again."""

_CURSOR = b"\x1b[?25h"
"""Shows it again: what draws lines anew has hidden it, and has no time left to bring it back."""


class StopSignals:
    """While open, turns SIGINT, SIGTERM and SIGHUP into a call of the one who listens.

    A listener runs inside a signal handler, so it may only do what is safe there, such as putting
    into a `queue.SimpleQueue`. Without one, a signal raises `Interrupted` wherever the program is.
    Signals that are ignored stay so: that is how nohup keeps a run alive.

    It ends the process by itself when it is still open `STOP_S` after the first signal, whatever
    holds up the program: what is on disk then is what a SIGKILL leaves there. Time in which the
    process was stopped itself does not count.
    """

    def __init__(self, resume: str = "") -> None:
        self.received: signal.Signals | None = None
        """The first one."""
        self.resume = resume
        """What to type to go on after a signal; empty for the same command again."""
        self._listener: Callable[[], None] | None = None
        self._before: dict[int, signal.Handlers | Callable[..., object] | int | None] = {}
        self._deadline = _Deadline(self)
        self._hook = sys.unraisablehook
        self._again: threading.Timer | None = None
        """Of a signal that nobody heard."""
        self._was_raised = False

    def listen(self, listener: Callable[[], None] | None) -> None:
        """Call `listener` at every signal from now on; None for nobody."""
        self._listener = listener

    def interrupted(self) -> Interrupted:
        """What the signal that came means for the run; 128 + its number, as a shell reports it."""
        number = self.received or signal.SIGINT
        return Interrupted(number.name, 128 + number, resume=self.resume)

    def __enter__(self) -> "StopSignals":
        self._deadline.begin()
        self._hook, sys.unraisablehook = sys.unraisablehook, self._unraisable
        for number in HANDLED:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._handle)
        if early := EARLY.take():
            self.received = signal.Signals(early)
            self.__exit__()
            raise self.interrupted()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        _traceback: TracebackType | None = None,
    ) -> None:
        if self._again is not None:
            self._again.cancel()
        for number, handler in self._before.items():
            signal.signal(number, handler)
        sys.unraisablehook = self._hook
        self._deadline.end()
        if self._was_raised and _is_other_words(error):
            raise self.interrupted() from error

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        self.received = self.received or signal.Signals(number)
        if self._listener is None:
            self._was_raised = True
            raise self.interrupted()
        self._listener()

    def _unraisable(self, what: "sys.UnraisableHookArgs") -> None:
        """Called with what was raised inside a `__del__` or the callback of a weak reference.

        Python's import system has such callbacks, so a signal may well come there, and the program
        would go on as if none had.
        """
        if not isinstance(what.exc_value, Interrupted):
            self._hook(what)
            return
        number = self.received or signal.SIGINT
        self._again = threading.Timer(AGAIN_S, os.kill, (os.getpid(), number))
        self._again.daemon = True
        self._again.start()


def _is_other_words(error: BaseException | None) -> bool:
    """Whether this is what became of an `Interrupted` that was raised: nothing, or another error.

    Libraries may drop it, or tell it in words of their own. A disk that fails meanwhile is worse.
    """
    if error is None:
        return True
    return isinstance(error, Exception) and not isinstance(error, Interrupted | StorageError)


def hear_of_children() -> None:
    """Have the kernel keep a child that ended until somebody has waited for it.

    Whoever started this program may have ignored SIGCHLD, which is inherited: then there is nothing
    to wait for, and the number of a child may be another process's when that is to be killed.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)


class _Deadline:
    """A thread that hears of signals even while the program is held up, and does not wait for ever.

    Python's own handlers run between two steps of the program, and not while one step takes long:
    the numbers come through a pipe, into which the interpreter writes them at once.
    """

    def __init__(self, stop: StopSignals) -> None:
        self._stop = stop
        self._before = self._writer = -1

    def begin(self) -> None:
        """Hear from now on."""
        reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)  # as the interpreter asks for
        threading.Thread(target=self._watch, args=(reader,), name="stop", daemon=True).start()
        self._before = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)

    def end(self) -> None:
        """Nothing has to end any more."""
        signal.set_wakeup_fd(self._before, warn_on_full_buffer=False)
        os.close(self._writer)

    def _watch(self, reader: int) -> None:
        try:
            number = self._first(reader)
            if number is not None and not _closes_within(reader, STOP_S):
                _leave(number, self._stop.resume)
        finally:
            os.close(reader)

    def _first(self, reader: int) -> signal.Signals | None:
        """The first signal that asks for an end; None when nobody hears any more."""
        while told := os.read(reader, 1):
            if told[0] in HANDLED:
                return signal.Signals(told[0])
        return None


def _closes_within(reader: int, limit_s: float) -> bool:
    """Whether the other end of a pipe is closed in time; what else comes through it is nothing.

    Time in which this process stood still, be it with its whole machine, is nobody's fault.
    """
    closed = select.poll()
    closed.register(reader, 0)  # which leaves hanging up
    spent_s = AttentiveClock()
    while (left_s := limit_s - spent_s()) > 0:
        if closed.poll(min(left_s, LOOK_S) * 1000):
            return True
    return False


def _leave(number: signal.Signals, resume: str) -> None:
    line = f"vlmhb: {without_user(stopped_by(number.name, resume))}\n"
    what = line.encode("utf-8", "backslashreplace")
    if os.isatty(2):
        what = _CURSOR + what
    with suppress(OSError):
        if select.select((), (2,), (), 0)[1]:
            os.write(2, what)
    os._exit(128 + number)
