"""What a run says while it runs."""

import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TextIO

from vlmhb.cli.data_progress import DataLines
from vlmhb.cli.terminal import LossyStream, fill_closed_streams, printable
from vlmhb.domain.answer import FailedAnswer
from vlmhb.domain.data_step import DataStep
from vlmhb.domain.sizes import megabytes
from vlmhb.schedule import progress as steps
from vlmhb.system.clock import monotonic_s

PLAIN_INTERVAL_S = 5.0


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


class PlainDisplay(Display):
    """A line per event that matters, and one per model every few seconds."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = LossyStream(stream)
        self._total: dict[str, int] = {}
        self._done: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()
        self._said_at: dict[str, float] = {}
        self._started_at = monotonic_s()
        self._data = DataLines()

    def see_data(self, step: DataStep) -> None:
        """Say it, unless it is one of many."""
        if line := self._data.line(step):
            self._say(line)

    def planned(self, folder: Path, left: Mapping[str, int], done: Mapping[str, int]) -> None:
        """Say where the run is kept and what it will do."""
        self._total = {model: left.get(model, 0) + done.get(model, 0) for model in {**done, **left}}
        self._done = Counter(done)
        self._say(f"run folder: {folder}")
        if sum(done.values()):
            self._say(f"continuing: {sum(done.values())} requests already answered")
        if not left:
            self._say("nothing left to ask")
        for model, count in left.items():
            self._say(f"{model}: {count} requests")

    def see(self, step: steps.Progress) -> None:
        """Say it, unless it is one of many."""
        line = self._line(step)
        if line:
            self._say(line)

    def _line(self, event: steps.Progress) -> str:  # noqa: C901, PLR0911, PLR0912 - an arm per event
        match event:
            case steps.EnvStep(_, line):
                return line
            case steps.EnvBuilt(env):
                return f"env {env.name}: ready, python {env.python_version}"
            case steps.WeightsStep():
                return self._fetched(event)
            case steps.WeightsFetched(model, weights):
                return f"{model}: weights ready: {weights.source} {weights.commit[:12]}".rstrip()
            case steps.GpuAwaited(model, reason):
                return f"{model}: waiting for a GPU: {reason}"
            case steps.GpuReturned(_, _, problem):
                return problem
            case steps.ModelLoaded(model, load_s):
                return f"{model}: loaded in {load_s:.1f} s"
            case steps.WorkerLost(model, reason):
                return f"{model}: worker lost: {reason}; starting another"
            case steps.WeightsChanged(model):
                return f"{model}: WARNING: {event.text}"
            case steps.GaveUp(model, reason):
                return f"{model}: unavailable: {reason}"
            case steps.Answered(model, outcome):
                self._done[model] += 1
                self._failed[model] += isinstance(outcome, FailedAnswer)
                return self._count(model)
            case steps.ModelStarting() | steps.LoadStep():
                return ""

    def _fetched(self, step: steps.WeightsStep) -> str:
        if not self._is_time(f"{step.model} weights"):
            return ""
        return f"{step.model}: weights: {fetched_text(step)}"

    def _is_time(self, topic: str) -> bool:
        """Whether `topic` was not spoken of for a while; from now on it was."""
        now = monotonic_s()
        if now - self._said_at.get(topic, -PLAIN_INTERVAL_S) < PLAIN_INTERVAL_S:
            return False
        self._said_at[topic] = now
        return True

    def _count(self, model: str) -> str:
        is_last = self._done[model] == self._total[model]
        if not self._is_time(model) and not is_last:
            return ""
        failed = f", {self._failed[model]} failed" if self._failed[model] else ""
        return f"{model}: {self._done[model]}/{self._total[model]}{failed}"

    def _say(self, line: str) -> None:
        elapsed = monotonic_s() - self._started_at
        self._stream.write(f"[{elapsed:6.1f} s] {printable(line)}\n")
        self._stream.flush()


def fetched_text(step: steps.WeightsStep) -> str:
    """`downloading 1,200.0 MB of 15,200.0 MB`."""
    total = f" of {megabytes(step.total_bytes)}" if step.total_bytes else ""
    return f"{step.stage} {megabytes(step.done_bytes)}{total}"


def display(ui: str) -> Display:
    """The display called `ui`: `rich`, `plain`, `none`, or `auto` for what fits stderr."""
    fill_closed_streams()
    if ui == "auto":
        ui = "rich" if sys.stderr.isatty() else "plain"
    if ui == "rich":
        from vlmhb.cli.live_table import LiveTable

        return LiveTable(sys.stderr)
    return PlainDisplay(sys.stderr) if ui == "plain" else Display()
