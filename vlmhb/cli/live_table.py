"""A run on a terminal: a live table with a bar per model."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO, cast

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from vlmhb.cli.data_progress import DataBar
from vlmhb.cli.progress import Display, fetched_text
from vlmhb.cli.terminal import LossyStream, printable
from vlmhb.domain.answer import FailedAnswer
from vlmhb.domain.data_step import DataStep
from vlmhb.schedule import progress as steps


class LiveTable(Display):
    """A live table with a bar per model."""

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=cast("TextIO", LossyStream(stream)))
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TextColumn("{task.fields[state]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self._console,
        )
        self._bars: dict[str, TaskID] = {}
        self._failed: Counter[str] = Counter()
        self._data = DataBar(self._console)

    def __exit__(self, *_exception: object) -> None:
        """Leave the last state of the table on the screen."""
        self._data.close()
        self._progress.stop()

    def see_data(self, step: DataStep) -> None:
        """Show a bar of its own, which makes room for the table, or comes when that has ended."""
        if self._progress.live.is_started:  # rich before 14.1 shows one at a time, or fails
            self._progress.stop()
        self._data.see(step)

    def planned(self, folder: Path, left: Mapping[str, int], done: Mapping[str, int]) -> None:
        """Draw one bar per model."""
        self._data.close()
        self._progress.start()
        self._console.print(f"run folder: {folder}", markup=False, highlight=False)
        for model in dict.fromkeys([*left, *done]):
            finished = done.get(model, 0)
            self._bars[model] = self._progress.add_task(
                model,
                total=finished + left.get(model, 0),
                completed=finished,
                state="waiting for its env" if left.get(model) else "done",
                start=False,
            )

    def see(self, step: steps.Progress) -> None:
        """Move the bar it is about."""
        self._show(step)

    def _show(self, event: steps.Progress) -> None:  # noqa: C901, PLR0912 - one arm per event
        match event:
            case steps.EnvStep(_, line):
                self._print(line)
            case steps.EnvBuilt(env):
                self._print(f"env {env.name}: ready, python {env.python_version}")
            case steps.WeightsStep(model):
                self._state(model, fetched_text(event))
            case steps.WeightsFetched(model):
                self._state(model, "waiting for its turn")
            case steps.GpuAwaited(model, reason):
                self._print(f"{model}: waiting for a GPU: {reason}")
                self._state(model, "waiting for a GPU")
            case steps.GpuReturned(_, _, problem):
                if problem:
                    self._print(problem)
            case steps.ModelStarting(model):
                self._progress.start_task(self._bars[model])
                self._state(model, "loading")
            case steps.LoadStep(model, stage, done, total):
                self._state(model, f"{stage} {done}/{total}")
            case steps.ModelLoaded(model):
                self._state(model, "answering")
            case steps.WorkerLost(model, reason):
                self._print(f"{model}: worker lost: {reason}; starting another")
            case steps.WeightsChanged(model):
                self._print(f"{model}: WARNING: {event.text}")
            case steps.GaveUp(model, reason):
                self._print(f"{model}: unavailable: {reason}")
                self._state(model, "unavailable")
            case steps.Answered(model, outcome):
                self._progress.advance(self._bars[model])
                if isinstance(outcome, FailedAnswer):
                    self._failed[model] += 1
                    self._state(model, f"{self._failed[model]} failed")

    def _state(self, model: str, text: str) -> None:
        self._progress.update(self._bars[model], state=printable(text))

    def _print(self, line: str) -> None:
        self._console.print(printable(line), markup=False, highlight=False)
