"""A run on a terminal: a line per model that changes, and one for all of them."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TextIO, cast

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from vlmhb.cli.progress import wording
from vlmhb.cli.progress.data import DataBar
from vlmhb.cli.progress.display import Display
from vlmhb.cli.progress.observed import Observed
from vlmhb.cli.progress.table import Screen, lines
from vlmhb.cli.terminal import LossyStream, printable
from vlmhb.domain.data_step import DataStep
from vlmhb.schedule import progress as steps
from vlmhb.system.clock import monotonic_s

DRAWN_PER_S = 4


class LiveDisplay(Display):
    """Lines that change, below those that stay.

    The terminal may go away at any time, which ends the display and nothing else.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        is_forced: bool = False,
        clock: Callable[[], float] = monotonic_s,
    ) -> None:
        # None lets rich find out whether it is a terminal.
        is_terminal = True if is_forced else None
        lossy = cast("TextIO", LossyStream(stream))
        self._console = Console(file=lossy, force_terminal=is_terminal)
        self._clock = clock
        self._lock = threading.Lock()
        """rich draws from a thread of its own. Nobody may print while holding this."""
        self._run = Observed({}, {}, clock())
        self._live = Live(
            console=self._console,
            get_renderable=self._draw,
            refresh_per_second=DRAWN_PER_S,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
        )
        self._data = DataBar(self._console, clock)

    def __exit__(self, *_exception: object) -> None:
        """Leave the last state on the screen."""
        self._data.close()
        if self._live.is_started:
            self._live.stop()

    def see_data(self, step: DataStep) -> None:
        """Show a bar of its own, which makes room for the table, or comes when that has ended."""
        if self._live.is_started:  # rich before 14.1 shows one at a time, or fails
            self._live.stop()
        self._data.see(step)

    def planned(self, folder: Path, left: Mapping[str, int], done: Mapping[str, int]) -> None:
        """Begin with a line per model."""
        self._data.close()
        self._run = Observed(left, done, self._clock())
        self._print(f"run folder: {folder}")
        # Without it, what is printed before the first drawing shows an older state.
        self._live.start(refresh=True)

    def see(self, step: steps.Progress) -> None:
        """Change the line it is about; say what should stay on the screen."""
        with self._lock:
            self._run.see(step, self._clock())
        if line := wording.news(step):
            self._print(line)

    def _draw(self) -> Group:
        console = self._console
        is_unicode = console.encoding.lower().startswith("utf")
        # Not the last column: some terminals go on in the next line after it.
        screen = Screen(max(console.width - 1, 1), console.height, is_unicode)
        with self._lock:
            shown = lines(self._run, self._clock(), screen)
        return Group(*(Text(line.text, line.style, no_wrap=True) for line in shown))

    def _print(self, line: str) -> None:
        self._console.print(printable(line), markup=False, highlight=False)
