"""What fetching, reading and rendering datasets say while they go on."""

import sys
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, TextIO, cast

from vlmhb.cli.terminal import LossyStream, fill_closed_streams, printable
from vlmhb.domain.data_step import DataStep
from vlmhb.domain.sizes import megabytes, number_of_megabytes
from vlmhb.system.clock import monotonic_s

if TYPE_CHECKING:
    from rich.console import Console

PATIENCE_S = 2.0
"""What takes no longer is not worth a line, unless bytes come from elsewhere."""
INTERVAL_S = 5.0


class Pace:
    """When the stage that goes on began, and how fast it is."""

    def __init__(self) -> None:
        self._stage = ""
        self._began_with = 0
        self.began_at = 0.0

    def is_new(self, step: DataStep) -> bool:
        """Whether the step begins another stage."""
        if step.doing == self._stage:
            return False
        self._stage, self.began_at, self._began_with = step.doing, monotonic_s(), step.done
        return True

    def figures(self, step: DataStep) -> str:
        """`34 of 300 pages`, `1,250.0 of 15,200.0 MB, 312 MB/s`; empty when there are none."""
        if step.unit != "bytes":
            least = "at least " if step.is_least else ""
            total = f" of {least}{step.total:,}" if step.total else ""
            return f"{step.done:,}{total} {step.unit}"
        if not (step.done or step.total):
            return ""
        spent_s = max(monotonic_s() - self.began_at, 1e-3)
        rate = max(step.done - self._began_with, 0) / spent_s / 1e6
        total = f" of {megabytes(step.total)}" if step.total else " MB"
        return f"{number_of_megabytes(step.done)}{total}, {rate:.0f} MB/s"


class DataLines:
    """Of all steps those that are worth a line of text."""

    def __init__(self, patience_s: float = PATIENCE_S, interval_s: float = INTERVAL_S) -> None:
        self._patience_s = patience_s
        self._interval_s = interval_s
        self._pace = Pace()
        self._said_at: float | None = None
        """When the stage that goes on was last spoken of; None when it was not."""

    def line(self, step: DataStep) -> str:
        """What to say of it; empty for nothing."""
        if self._pace.is_new(step):
            self._said_at = None
        if not self._is_time(step):
            return ""
        self._said_at = monotonic_s()
        figures = self._pace.figures(step)
        return f"{step.doing}: {figures}" if figures else step.doing

    def _is_time(self, step: DataStep) -> bool:
        now = monotonic_s()
        is_long = now - self._pace.began_at >= self._patience_s
        if self._said_at is None:
            return is_long or step.unit == "bytes"
        is_last = step.done == step.total > 0 and not step.is_least
        return now - self._said_at >= self._interval_s or (is_long and is_last)


class DataBar:
    """A bar that moves, from the first step on."""

    def __init__(self, console: "Console") -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._pace = Pace()
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=28),
            TextColumn("{task.fields[figures]}", markup=False),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._bar = self._bars.add_task("", figures="")

    def see(self, step: DataStep) -> None:
        """Move the bar."""
        self._bars.start()
        if self._pace.is_new(step):
            self._bars.reset(self._bar)
        self._bars.update(
            self._bar,
            description=printable(step.doing),
            completed=step.done,
            total=step.total or None,
            figures=self._pace.figures(step),
        )

    def close(self) -> None:
        """Take the bar away."""
        self._bars.stop()


class DataDisplay(AbstractContextManager["DataDisplay"]):
    """For commands that start no run. Shows nothing; the others add to it."""

    def see(self, step: DataStep) -> None:
        """One thing happened."""

    def __exit__(self, *_exception: object) -> None:
        """Leave the terminal as it was."""


class PlainData(DataDisplay):
    """A line at times."""

    def __init__(self, stream: TextIO, lines: DataLines | None = None) -> None:
        self._stream = LossyStream(stream)
        self._lines = lines or DataLines()

    def see(self, step: DataStep) -> None:
        """Say it, unless it is one of many."""
        if line := self._lines.line(step):
            self._stream.write(f"{printable(line)}\n")
            self._stream.flush()


class LiveData(DataDisplay):
    """A bar that moves, and goes away."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console

        self._bar = DataBar(Console(file=cast("TextIO", LossyStream(stream))))

    def see(self, step: DataStep) -> None:
        """Move the bar."""
        self._bar.see(step)

    def __exit__(self, *_exception: object) -> None:
        """Take the bar away."""
        self._bar.close()


def data_display(ui: str = "auto") -> DataDisplay:
    """The display called `ui`: `rich`, `plain`, `none`, or `auto` for what fits stderr."""
    fill_closed_streams()
    if ui == "auto":
        ui = "rich" if sys.stderr.isatty() else "plain"
    if ui == "rich":
        return LiveData(sys.stderr)
    return PlainData(sys.stderr) if ui == "plain" else DataDisplay()
