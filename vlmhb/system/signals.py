"""Ctrl-C and its relatives: once means finish cleanly, twice means now."""

import signal
from collections.abc import Callable
from types import FrameType

from vlmhb.errors import Interrupted

HANDLED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopSignals:
    """While open, turns SIGINT, SIGTERM and SIGHUP into a call of the one who listens.

    A listener runs inside a signal handler, so it may only do what is safe there, such as putting
    into a `queue.SimpleQueue`. Without one, a signal raises `Interrupted` wherever the program is.
    Signals that are ignored stay so: that is how nohup keeps a run alive.
    """

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        """The first one."""
        self._listener: Callable[[], None] | None = None
        self._before: dict[int, signal.Handlers | Callable[..., object] | int | None] = {}

    def listen(self, listener: Callable[[], None] | None) -> None:
        """Call `listener` at every signal from now on; None for nobody."""
        self._listener = listener

    def interrupted(self, next_step: str = "run the same command again") -> Interrupted:
        """What the signal that came means for the run; 128 + its number, as a shell reports it."""
        number = self.received or signal.SIGINT
        return Interrupted(number.name, 128 + number, next_step=next_step)

    def __enter__(self) -> "StopSignals":
        for number in HANDLED:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        self.received = self.received or signal.Signals(number)
        if self._listener is None:
            raise self.interrupted()
        self._listener()
