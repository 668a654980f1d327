"""A run as lines of text, for logs and terminals that cannot move their cursor."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TextIO

from vlmhb.cli.progress import wording
from vlmhb.cli.progress.data import DataLines
from vlmhb.cli.progress.display import Display
from vlmhb.cli.progress.observed import Observed, Phase, load_text
from vlmhb.cli.terminal import LossyStream, printable
from vlmhb.domain.data_step import DataStep
from vlmhb.schedule import progress as steps
from vlmhb.system.clock import monotonic_s

INTERVAL_S = 5.0
LONGEST_INTERVAL_S = 60.0


def interval_s(elapsed_s: float) -> float:
    """How often a model is spoken of: the longer a run goes on, the less often."""
    return min(max(elapsed_s / 20, INTERVAL_S), LONGEST_INTERVAL_S)


class PlainDisplay(Display):
    """A line per event that matters, and one per model every few seconds."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = monotonic_s) -> None:
        self._stream = LossyStream(stream)
        self._clock = clock
        self._began_s = clock()
        self._said_at: dict[str, float] = {}
        self._stages: dict[str, str] = {}
        """Model -> what of its weights or its load was spoken of last."""
        self._data = DataLines(clock=clock)
        self._run = Observed({}, {}, self._began_s)

    def see_data(self, step: DataStep) -> None:
        """Say it, unless it is one of many."""
        if line := self._data.line(step):
            self._say(line)

    def planned(self, folder: Path, left: Mapping[str, int], done: Mapping[str, int]) -> None:
        """Say where the run is kept and what it will do."""
        self._run = Observed(left, done, self._clock())
        self._say(f"run folder: {folder}")
        if sum(done.values()):
            self._say(f"continuing: {sum(done.values())} requests already answered")
        if not left:
            self._say("nothing left to ask")
        for model, count in left.items():
            self._say(f"{model}: {count} requests")

    def see(self, step: steps.Progress) -> None:
        """Say it, unless it is one of many."""
        self._run.see(step, self._clock())
        line = self._line(step)
        if line:
            self._say(line)

    def __exit__(self, *_exception: object) -> None:
        """Say what came of it all."""
        if self._run.answered_now:
            told = wording.total_figures(self._run, self._clock(), is_over=True)
            self._say(", ".join([f"total: {self._run.done}/{self._run.total}", *told]))

    def _line(self, event: steps.Progress) -> str:  # noqa: PLR0911 - an arm per event
        match event:
            case steps.EnvStep(_, line):
                return line
            case steps.WeightsStep(model, stage):
                return self._fetched(model, stage)
            case steps.WeightsFetched(model, weights):
                return f"{model}: weights ready: {weights.source} {weights.commit[:12]}".rstrip()
            case steps.ModelStarting(_, model):
                return f"{model}: loading"
            case steps.LoadStep(_, model, stage, done, total):
                is_time = self._is_time(f"{model} loads", stage)
                return f"{model}: loading {load_text(stage, done, total)}" if is_time else ""
            case steps.ModelLoaded(_, model, load_s):
                return f"{model}: loaded in {load_s:.1f} s"
            case steps.Answered(model):
                return self._count(model)
            case _:
                return wording.news(event)

    def _fetched(self, model: str, stage: str) -> str:
        weights = self._run.models[model].weights
        if weights is None or not self._is_time(f"{model} weights", stage):
            return ""
        figures = weights.figures(self._clock())
        return f"{model}: {stage}: {figures}" if figures else f"{model}: {stage}"

    def _is_time(self, topic: str, stage: str = "") -> bool:
        """Whether `topic` was not spoken of for a while, or is at another stage; now it was."""
        now = self._clock()
        soonest = self._said_at.get(topic, -LONGEST_INTERVAL_S) + interval_s(now - self._began_s)
        if now < soonest and self._stages.get(topic, "") == stage:
            return False
        self._said_at[topic], self._stages[topic] = now, stage
        return True

    def _count(self, name: str) -> str:
        model = self._run.models[name]
        if not self._is_time(name) and model.phase is not Phase.DONE:
            return ""
        figures = wording.figures(model, self._clock())
        return ", ".join([f"{name}: {model.done}/{model.total}", *figures])

    def _say(self, line: str) -> None:
        elapsed = self._clock() - self._began_s
        self._stream.write(f"[{elapsed:6.1f} s] {printable(line)}\n")
        self._stream.flush()
