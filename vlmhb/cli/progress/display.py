"""What a run says while it runs."""

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TextIO

from vlmhb.cli.terminal import fill_closed_streams
from vlmhb.domain.data_step import DataStep
from vlmhb.schedule import progress as steps
from vlmhb.system.process import inherited_environment

NO_CURSOR = {"", "dumb", "unknown"}
"""What TERM says of terminals that cannot show a line anew."""


class Display(AbstractContextManager["Display"]):
    """Shows nothing. The others add to it."""

    def see_data(self, step: DataStep) -> None:
        """Before anything is planned: the datasets are fetched and read."""

    def planned(self, folder: Path, left: Mapping[str, int], done: Mapping[str, int]) -> None:
        """The run is about to start."""

    def see(self, step: steps.Progress) -> None:
        """One thing happened."""

    def __exit__(self, *_exception: object) -> None:
        """Leave the terminal as it was."""


def chosen(ui: str, stream: TextIO) -> str:
    """`rich`, `plain` or `none`: what was asked for, or for `auto` what fits the stream."""
    if ui != "auto":
        return ui
    terminal = inherited_environment(["TERM"]).get("TERM", "")
    return "rich" if stream.isatty() and terminal not in NO_CURSOR else "plain"


def display(ui: str) -> Display:
    """The display called `ui`: `rich`, `plain`, `none`, or `auto` for what fits stderr."""
    fill_closed_streams()
    match chosen(ui, sys.stderr):
        case "rich":
            from vlmhb.cli.progress.live import LiveDisplay

            return LiveDisplay(sys.stderr, is_forced=ui == "rich")
        case "plain":
            from vlmhb.cli.progress.plain import PlainDisplay

            return PlainDisplay(sys.stderr)
        case _:
            return Display()
