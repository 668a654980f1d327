"""Envs and weights are made ready side by side, and stopped together."""

import threading
from dataclasses import replace

from tests.build import env, envspec, model
from tests.fakes import FakeGpus, NoWeights, ReadyEnvs, gpu
from vlmhb.domain.envspec import Env, EnvSpec
from vlmhb.domain.model import WeightsRef
from vlmhb.domain.run import RunConfig
from vlmhb.errors import EnvError, WeightsError
from vlmhb.schedule import Supplies, events
from vlmhb.schedule.slots import NO_GPU, Need
from vlmhb.schedule.supply.preparation import EnvDone, Preparation, Prepared
from vlmhb.weights import FetchedWeights

PATIENCE_S = 30.0


class SlowEnvs:
    """A build that takes until the fetch beside it has ended."""

    offline = False

    def __init__(self, fetch_ended: threading.Event) -> None:
        self._fetch_ended = fetch_ended
        self.started = threading.Event()
        self.outlived_the_fetch = False

    def ensure(self, spec: EnvSpec, **_: object) -> Env:
        self.started.set()
        self.outlived_the_fetch = self._fetch_ended.wait(PATIENCE_S)
        raise EnvError(f"cannot build {spec.name}", "stopped")

    def hold(self, env: Env) -> None:
        return None


class EndlessWeights:
    """A fetch that ends when it is cancelled."""

    def __init__(self) -> None:
        self.started = threading.Event()
        self.ended = threading.Event()

    def ensure(
        self, ref: WeightsRef, *, cancelled: threading.Event, on_progress: object
    ) -> FetchedWeights:
        self.started.set()
        cancelled.wait(PATIENCE_S)
        self.ended.set()
        raise WeightsError(f"cannot fetch {ref.repo}", "cancelled")


def test_a_fetch_is_stopped_before_a_build_is_waited_for():
    """A build may take a while to stop, and must not let gigabytes come meanwhile."""
    weights = EndlessWeights()
    envs = SlowEnvs(weights.ended)
    one = replace(model("one"), weights=WeightsRef("Org/Model"))
    config = RunConfig("run", "run", (one,), (), {"toy": envspec()}, 1, None, 0)
    told: list[Prepared] = []
    preparation = Preparation(config, Supplies(envs, weights, gpus=FakeGpus()), told.append)

    preparation.build("toy")
    preparation.fetch("one")
    assert envs.started.wait(PATIENCE_S)
    assert weights.started.wait(PATIENCE_S)
    preparation.close()

    assert envs.outlived_the_fetch


def with_models() -> Preparation:
    models = (
        model("one", min_gpu_memory_gib=40.0),
        model("split", gpus=2),
        model("cpu", env="plain"),
    )
    specs = {"toy": replace(envspec(), variant="cu124"), "plain": envspec("plain")}
    config = RunConfig("run", "run", models, (), specs, None, None, 0)
    return Preparation(config, Supplies(ReadyEnvs(), NoWeights(), gpus=FakeGpus()), _nobody)


def _nobody(_: Prepared) -> None:
    pass


def test_an_env_that_is_ready_tells_what_each_of_its_models_needs():
    preparation = with_models()
    gpus = (gpu("a", 80.0), gpu("b", 80.0))

    toy, plain = (
        list(preparation.take_env(EnvDone(name, env(name)), gpus))[-1] for name in ("toy", "plain")
    )

    assert events.EnvReady("toy", {"one": Need(1, 40.0), "split": Need(2)}) == toy
    assert events.EnvReady("plain", {"cpu": NO_GPU}) == plain


def test_an_env_that_cannot_be_built_is_told_with_the_reason():
    preparation = with_models()

    failed = EnvDone("toy", EnvError("cannot build toy", "no"))
    (event,) = preparation.take_env(failed, ())

    assert isinstance(event, events.EnvFailed)
    assert event.error.startswith("cannot build toy: no")
