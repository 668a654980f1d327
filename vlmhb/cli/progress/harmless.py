"""A display whose own mistakes end nothing but the display."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from vlmhb.cli.progress.display import Display
from vlmhb.cli.terminal import say
from vlmhb.domain.data_step import DataStep
from vlmhb.schedule import progress as steps


class HarmlessDisplay(Display):
    """Shows what another one shows, as long as that can; a run goes on without it."""

    def __init__(self, shown: Display) -> None:
        self._shown = shown

    def see_data(self, step: DataStep) -> None:
        """Pass it on."""
        self._try(lambda: self._shown.see_data(step))

    def planned(self, folder: Path, left: Mapping[str, int], done: Mapping[str, int]) -> None:
        """Pass it on."""
        self._try(lambda: self._shown.planned(folder, left, done))

    def see(self, step: steps.Progress) -> None:
        """Pass it on."""
        self._try(lambda: self._shown.see(step))

    def __exit__(self, *_exception: object) -> None:
        """Leave the terminal as it was."""
        self._try(lambda: self._shown.__exit__(None, None, None))

    def _try(self, show: Callable[[], None]) -> None:
        try:
            show()
        except Exception as error:  # noqa: BLE001 - answers are worth more than what shows them
            broken, self._shown = self._shown, Display()
            with suppress(Exception):
                broken.__exit__(None, None, None)
            say(f"vlmhb: progress is not shown any more: {error!r}", err=True)
