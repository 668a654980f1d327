"""What fetching, reading and rendering datasets, and fetching weights, say while they go on."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, TextIO, cast

from vlmhb.cli.progress.display import chosen
from vlmhb.cli.progress.transfer import Transfer
from vlmhb.cli.terminal import LossyStream, fill_closed_streams, printable
from vlmhb.domain.data_step import DataStep
from vlmhb.system.clock import monotonic_s

if TYPE_CHECKING:
    from rich.console import Console

PATIENCE_S = 2.0
"""What takes no longer is not worth a line, unless bytes come from elsewhere."""
INTERVAL_S = 5.0


class DataLines:
    """Of all steps those that are worth a line of text."""

    def __init__(self, clock: Callable[[], float] = monotonic_s) -> None:
        self._clock = clock
        self._transfer = Transfer()
        self._said_at: float | None = None
        """When the stage that goes on was last spoken of; None when it was not."""

    def line(self, step: DataStep) -> str:
        """What to say of it; empty for nothing."""
        now_s = self._clock()
        if self._transfer.see(step, now_s):
            self._said_at = None
        if not self._is_time(step, now_s):
            return ""
        self._said_at = now_s
        figures = self._transfer.figures(now_s)
        return f"{step.doing}: {figures}" if figures else step.doing

    def _is_time(self, step: DataStep, now_s: float) -> bool:
        is_long = now_s - self._transfer.began_s >= PATIENCE_S
        if self._said_at is None:
            return is_long or step.unit == "bytes"
        is_last = step.done == step.total > 0 and not step.is_least
        return now_s - self._said_at >= INTERVAL_S or (is_long and is_last)


class DataBar:
    """A bar that moves, from the first step on."""

    def __init__(self, console: "Console", clock: Callable[[], float] = monotonic_s) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
        from rich.table import Column

        self._clock = clock
        self._transfer = Transfer()
        # On a narrow terminal the bar goes first, and a text is cut, not broken into lines.
        self._bars = Progress(
            TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
            BarColumn(bar_width=28 if console.width >= 100 else 10),
            TextColumn("{task.fields[figures]}", markup=False, table_column=Column(no_wrap=True)),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._bar = self._bars.add_task("", figures="")

    def see(self, step: DataStep) -> None:
        """Move the bar."""
        now_s = self._clock()
        if self._transfer.see(step, now_s):
            self._bars.reset(self._bar)
        self._bars.update(
            self._bar,
            description=printable(step.doing),
            completed=step.done,
            total=step.total or None,
            figures=self._transfer.figures(now_s),
        )
        self._bars.start()

    def close(self) -> None:
        """Take the bar away."""
        self._bars.stop()


class DataDisplay(AbstractContextManager["DataDisplay"]):
    """For commands that start no run. Shows nothing; the others add to it."""

    def see(self, step: DataStep) -> None:
        """One thing happened."""

    def see_weights(self, stage: str, done_bytes: int, total_bytes: int) -> None:
        """So much of a model's weights is here."""
        self.see(DataStep(stage, done_bytes, total_bytes))

    def __exit__(self, *_exception: object) -> None:
        """Leave the terminal as it was."""


class PlainData(DataDisplay):
    """A line at times."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = monotonic_s) -> None:
        self._stream = LossyStream(stream)
        self._lines = DataLines(clock)

    def see(self, step: DataStep) -> None:
        """Say it, unless it is one of many."""
        if line := self._lines.line(step):
            self._stream.write(f"{printable(line)}\n")
            self._stream.flush()


class LiveData(DataDisplay):
    """A bar that moves, and goes away."""

    def __init__(self, stream: TextIO, *, is_forced: bool = False) -> None:
        from rich.console import Console

        lossy = cast("TextIO", LossyStream(stream))
        self._bar = DataBar(Console(file=lossy, force_terminal=True if is_forced else None))

    def see(self, step: DataStep) -> None:
        """Move the bar."""
        self._bar.see(step)

    def __exit__(self, *_exception: object) -> None:
        """Take the bar away."""
        self._bar.close()


def data_display(ui: str = "auto") -> DataDisplay:
    """The display called `ui`: `rich`, `plain`, `none`, or `auto` for what fits stderr."""
    fill_closed_streams()
    match chosen(ui, sys.stderr):
        case "rich":
            return LiveData(sys.stderr, is_forced=ui == "rich")
        case "plain":
            return PlainData(sys.stderr)
        case _:
            return DataDisplay()
