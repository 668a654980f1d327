"""G7: however a model hangs, it is noticed, says where it hangs, and costs one sample."""

from dataclasses import dataclass, field
from pathlib import Path

from tests.build import model
from tests.fault.hosts import run_of
from tests.fault.kit import Goals, Size
from tests.onlooker import Onlooker
from vlmhb.domain.answer import Answer, FailedAnswer, FailureReason, Outcome
from vlmhb.domain.model import ModelSpec
from vlmhb.schedule import progress as steps
from vlmhb.system.clock import monotonic_s

DEADLINE_S = 1.5
GONE_S = 2.0
"""Promised: so long after its deadline a worker has said where it hangs, and is gone."""
HANGS = ("sleep", "gil", "lock", "regex", "int", "deaf_gil")
"""In native code with and without the interpreter's lock, for a lock, in one call that does not
end, and in native code with signals ignored. The sixth of faults.md, a hang while loading, is a
model of its own."""
PROMPTS = ("before", "culprit", "after")


@dataclass
class Life:
    """What was seen of one model."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    silences: list[tuple[float, float]] = field(default_factory=list)
    """When a worker's last sign of life was, and when its end."""
    given_up: str = ""
    history: list[tuple[float, str]] = field(default_factory=list)
    """What happened when: for whoever asks what took so long."""
    _alive_at_s: float = 0.0

    def see(self, step: steps.Progress) -> None:
        now_s = monotonic_s()
        self.history.append((now_s, type(step).__name__))
        match step:
            case steps.Answered(_, FailedAnswer()) | steps.WorkerLost() | steps.GaveUp():
                self.silences.append((self._alive_at_s, now_s))
            case _:
                pass
        self._alive_at_s = now_s
        if isinstance(step, steps.Answered):
            self.outcomes[step.outcome.request_id] = step.outcome
        if isinstance(step, steps.GaveUp):
            self.given_up = step.text


def hanging(kind: str) -> ModelSpec:
    if kind == "load":
        params: dict[str, object] = {"load_fault": "hang_sleep"}
    else:
        params = {"faults": {"culprit": f"hang_{kind}"}}
    return model(kind, params=params, load_timeout_s=DEADLINE_S, answer_timeout_s=DEADLINE_S)


def lives(folder: Path, kinds: tuple[str, ...]) -> dict[str, Life]:
    """One run with a model for each kind."""
    seen = {kind: Life() for kind in kinds}
    for step in run_of(folder, tuple(map(hanging, kinds)), PROMPTS, max_workers=3):
        owner = getattr(step, "model", "")
        if owner in seen and not isinstance(step, steps.Measured | steps.Troubled):
            seen[owner].see(step)
    return seen


def test_every_hang_is_noticed_in_time_shows_its_stack_and_costs_one_sample(
    tmp_path: Path, size: Size, goals: Goals, onlooker: Onlooker
):
    rounds = size(ci=1, release=20)
    late_s = 0.0
    latest: list[tuple[float, str]] = []
    stacks = 0
    for number in range(rounds):
        seen = lives(tmp_path / str(number), (*HANGS, "load"))
        for kind in HANGS:
            outcomes = seen[kind].outcomes
            culprit = outcomes.pop("culprit")
            assert isinstance(culprit, FailedAnswer), kind
            assert FailureReason.TIMEOUT is culprit.reason, kind
            assert f"no answer for {DEADLINE_S:g} s" in culprit.error.message, kind
            stacks += f"in _hang_{kind.removeprefix('deaf_')}" in culprit.error.traceback
            assert {"before": Answer, "after": Answer} == {
                name: type(outcome) for name, outcome in outcomes.items()
            }, kind
        assert f"load made no progress for {DEADLINE_S:g} s" in seen["load"].given_up
        stacks += "in _hang_sleep" in seen["load"].given_up
        for life in seen.values():
            for since_s, until_s in life.silences:
                one_s = onlooker.seconds_between(since_s, until_s) - DEADLINE_S
                late_s, latest = max((late_s, latest), (one_s, life.history))
    tried = rounds * (len(HANGS) + 1)
    goals.add("G7", tried=tried, lost=tried - stacks, worst_s=late_s, note="hangs, after deadline")

    assert tried == stacks
    assert late_s < GONE_S, latest
