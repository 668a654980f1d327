"""Ctrl-C and its relatives: once means finish cleanly, twice means now."""

import signal
from collections.abc import Callable
from types import FrameType

HANDLED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopSignals:
    """While open, turns each SIGINT, SIGTERM and SIGHUP into a call of the one who listens.

    The listener runs inside a signal handler, so it may only do what is safe there, such as
    putting into a `queue.SimpleQueue`.
    """

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        """The first one."""
        self._listener: Callable[[], None] = lambda: None
        self._before: dict[int, signal.Handlers | Callable[..., object] | int | None] = {}

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` at every signal from now on, and at once if one came before."""
        self._listener = listener
        if self.received is not None:
            listener()

    @property
    def exit_code(self) -> int:
        """130 after SIGINT, 143 after SIGTERM, as a shell reports it; 0 without a signal."""
        return 128 + self.received if self.received is not None else 0

    def __enter__(self) -> "StopSignals":
        self._before = {number: signal.signal(number, self._handle) for number in HANDLED}
        return self

    def __exit__(self, *_exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        self.received = self.received or signal.Signals(number)
        self._listener()
