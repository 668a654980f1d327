"""Signals that come while vlmhb is still being imported: noted, and obeyed as soon as it can."""

import os
import signal
from types import FrameType

from vlmhb.errors import stopped_by

HANDLED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class EarlySignals:
    """The first signal is kept for who takes it; any further one ends the process at once."""

    def __init__(self) -> None:
        self._heard = 0
        self._is_taken = False

    def hear(self) -> None:
        """Note signals from now on, but for those that are ignored."""
        for number in HANDLED:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._note)

    def take(self) -> int:
        """The number of the one that came, 0 for none; from now on none is kept."""
        self._is_taken = True
        heard, self._heard = self._heard, 0
        return heard

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self._is_taken or self._heard:
            number = self._heard or number
            line = f"vlmhb: {stopped_by(signal.Signals(number).name, '')}\n"
            os.write(2, line.encode("ascii"))
            os._exit(128 + number)
        self._heard = number


EARLY = EarlySignals()
"""Of this process."""
