"""What a fetch of weights says while it goes on."""

import sys
from contextlib import AbstractContextManager
from typing import TextIO

from vlmhb.cli.terminal import LossyStream, fill_closed_streams, printable
from vlmhb.domain.sizes import megabytes, number_of_megabytes
from vlmhb.system.clock import monotonic_s

PLAIN_INTERVAL_S = 5.0


class FetchDisplay(AbstractContextManager["FetchDisplay"]):
    """A line at the start of each stage, and one every few seconds with bytes and rate."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = LossyStream(stream)
        self._stage = ""
        self._said_at = self._began_at = 0.0
        self._began_with = 0

    def see(self, stage: str, done_bytes: int, total_bytes: int) -> None:
        """Say it, unless that was just said."""
        now = monotonic_s()
        if stage != self._stage:
            self._stage, self._began_at, self._began_with = stage, now, done_bytes
        elif now - self._said_at < PLAIN_INTERVAL_S:
            return
        self._said_at = now
        rate = (done_bytes - self._began_with) / max(now - self._began_at, 1e-3)
        self._stream.write(f"{printable(stage)}{in_bytes(done_bytes, total_bytes, rate)}\n")
        self._stream.flush()

    def __exit__(self, *_exception: object) -> None:
        """Leave the terminal as it was."""


class LiveFetch(FetchDisplay):
    """A bar that moves."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        super().__init__(stream)
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=Console(file=stream),
            transient=True,
        )
        self._bars.start()
        self._bar = self._bars.add_task("")

    def see(self, stage: str, done_bytes: int, total_bytes: int) -> None:
        """Move the bar."""
        if stage != self._stage:
            self._stage = stage
            self._bars.reset(self._bar)
        self._bars.update(
            self._bar,
            description=printable(stage),
            completed=done_bytes,
            total=total_bytes or None,
        )

    def __exit__(self, *_exception: object) -> None:
        """Take the bar away."""
        self._bars.stop()


def in_bytes(done_bytes: int, total_bytes: int, rate: float) -> str:
    """How far it is and how fast, e.g. `: 1,250.0 of 15,200.0 MB, 312 MB/s`."""
    if not total_bytes:
        return ""
    done = number_of_megabytes(done_bytes)
    return f": {done} of {megabytes(total_bytes)}, {max(rate, 0) / 1e6:.0f} MB/s"


def fetch_display() -> FetchDisplay:
    """The display that fits stderr."""
    fill_closed_streams()
    return LiveFetch(sys.stderr) if sys.stderr.isatty() else FetchDisplay(sys.stderr)
