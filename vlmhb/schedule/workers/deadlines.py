"""How long workers may be silent."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from vlmhb.domain.model import ModelSpec

START_TIMEOUT_S = 60.0
"""How long an interpreter may take until it greets: long for a cold network volume."""


class Stage(str, Enum):
    """What a worker is expected to do next."""

    START = "start"
    LOAD = "load"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Silence:
    """A worker that said nothing for too long."""

    stage: Stage
    limit_s: float

    def __str__(self) -> str:
        match self.stage:
            case Stage.START:
                return f"no greeting within {self.limit_s:g} s"
            case Stage.LOAD:
                return f"load made no progress for {self.limit_s:g} s"
            case Stage.ANSWER:
                return f"no answer for {self.limit_s:g} s"


class Deadlines:
    """By worker, until when it must show a sign of life."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._due: dict[str, tuple[float, Silence]] = {}

    def expect(self, worker: str, model: ModelSpec, stage: Stage) -> None:
        """Its silence counts from now on."""
        limit_s = {
            Stage.START: START_TIMEOUT_S,
            Stage.LOAD: model.load_timeout_s,
            Stage.ANSWER: model.answer_timeout_s,
        }[stage]
        self._due[worker] = (self._clock() + limit_s, Silence(stage, limit_s))

    def forget(self, worker: str) -> None:
        """It may be silent."""
        self._due.pop(worker, None)

    def wait_s(self, longest_s: float) -> float:
        """How long to wait for anything else, at most `longest_s`."""
        first = min((due for due, _ in self._due.values()), default=float("inf"))
        return max(0.0, min(longest_s, first - self._clock()))

    def take_late(self) -> dict[str, Silence]:
        """Those who are late, each once."""
        now = self._clock()
        late = {worker: silence for worker, (due, silence) in self._due.items() if due <= now}
        for worker in late:
            del self._due[worker]
        return late
