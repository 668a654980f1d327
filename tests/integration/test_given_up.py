"""What is still under way for a model that is given up is stopped."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.build import envspec, model, request
from tests.fakes import FakeGpus, ReadyEnvs
from vlmhb.domain.envspec import Env, EnvSpec
from vlmhb.domain.model import WeightsRef
from vlmhb.domain.run import RunConfig
from vlmhb.errors import EnvError, WeightsError
from vlmhb.schedule import GaveUp, Supplies, execute
from vlmhb.schedule.progress import Answered
from vlmhb.system.signals import StopSignals
from vlmhb.weights import FetchedWeights

PATIENCE_S = 30.0


class BrokenEnvs(ReadyEnvs):
    """The env called `broken` cannot be built, once its model's weights are on their way."""

    def __init__(self, fetching: threading.Event) -> None:
        super().__init__()
        self._fetching = fetching

    def ensure(
        self, spec: EnvSpec, *, cancelled: threading.Event, on_progress: Callable[[str], None]
    ) -> Env:
        if spec.name == "broken":
            assert self._fetching.wait(PATIENCE_S)
            raise EnvError("cannot build broken", "no such package")
        return super().ensure(spec, cancelled=cancelled, on_progress=on_progress)


class EndlessWeights:
    """A fetch that ends only when nobody wants it."""

    def __init__(self) -> None:
        self.fetching = threading.Event()
        self.was_cancelled = False

    def ensure(
        self,
        ref: WeightsRef,
        *,
        cancelled: threading.Event,
        on_progress: Callable[[str, int, int], None],
    ) -> FetchedWeights:
        self.fetching.set()
        self.was_cancelled = cancelled.wait(PATIENCE_S)
        raise WeightsError(f"cannot fetch {ref.repo}", "stopped")


def test_the_weights_of_a_model_without_an_env_are_not_fetched_on(tmp_path: Path):
    weights = EndlessWeights()
    config = RunConfig(
        name="run",
        source="run",
        models=(
            model("lost", env="broken", weights=WeightsRef("Org/Large")),
            model("slow", params={"delay_s": 0.5}),
        ),
        tasks=(),
        envspecs={"broken": envspec("broken"), "toy": envspec()},
        max_workers=1,
        limit=None,
        seed=0,
    )
    left = {name: (replace(request("r", name), pages=()),) for name in ("lost", "slow")}
    supplies = Supplies(BrokenEnvs(weights.fetching), weights, gpus=FakeGpus())

    cancelled_when_answered = []
    gave_up = []
    for step in execute(config, left, supplies, tmp_path, StopSignals()):
        if isinstance(step, GaveUp):
            gave_up.append(step)
        if isinstance(step, Answered):
            cancelled_when_answered.append(weights.was_cancelled)

    assert ["lost"] == [step.model for step in gave_up]
    assert "no such package" in gave_up[0].reason
    assert [True] == cancelled_when_answered
