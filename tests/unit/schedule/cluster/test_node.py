"""What a node tells about itself, and what it makes ready."""

import threading
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.build import answer, env, model
from tests.clusters import FakeNode, an_order, config_of
from tests.fakes import FakeGpus, ReadyEnvs, gpu
from vlmhb.domain.envspec import Env, EnvSpec
from vlmhb.domain.model import WeightsRef
from vlmhb.errors import EnvError
from vlmhb.schedule import commands, events, progress
from vlmhb.schedule.cluster.answers_file import answers_file
from vlmhb.schedule.cluster.node import describe, prepare
from vlmhb.schedule.cluster.order import NodeOrder
from vlmhb.schedule.slots import Need
from vlmhb.schedule.supply.weights import loaded_weights
from vlmhb.store.journal_writer import JournalWriter
from vlmhb.weights import FetchedWeights

PATIENCE_S = 30.0
TORCH = (("torch", "2.5.0"),)
REF = WeightsRef("Org/Model")
FETCHED = FetchedWeights(Path("/weights"), "Org/Model", "main", "c" * 40, "d" * 64, (), 1)
BUILD = commands.BuildEnv("toy")
FETCH = commands.FetchWeights("m")


class OpenGpus(FakeGpus):
    """They tell whether somebody has closed them."""

    is_open = True

    def close(self) -> None:
        self.is_open = False


class ToldEnvs(ReadyEnvs):
    """They say a line, and keep where the envspec was."""

    folder = ""

    def ensure(
        self, spec: EnvSpec, *, cancelled: threading.Event, on_progress: Callable[[str], None]
    ) -> Env:
        self.folder = spec.folder
        on_progress("line")
        return super().ensure(spec, cancelled=cancelled, on_progress=on_progress)


class EndlessEnvs(ReadyEnvs):
    """A build that says a line, and ends when nobody wants it."""

    was_cancelled = False

    def ensure(
        self, spec: EnvSpec, *, cancelled: threading.Event, on_progress: Callable[[str], None]
    ) -> Env:
        on_progress("line")
        self.was_cancelled = cancelled.wait(PATIENCE_S)
        raise EnvError(f"cannot build {spec.name}", "cancelled")


class ReadyWeights:
    """They say how far they are, and are there."""

    def ensure(
        self,
        ref: WeightsRef,
        *,
        cancelled: threading.Event,
        on_progress: Callable[[str, int, int], None],
    ) -> FetchedWeights:
        on_progress("fetching", 1, 2)
        return FETCHED


def order_on(node: FakeNode, gpus: FakeGpus) -> NodeOrder:
    """What the node is told, which has these GPUs."""
    order = an_order(config_of(model("m", weights=REF)))
    here = node.look_around(())(order)
    seen = replace(here, supplies=replace(here.supplies, gpus=gpus, weights=ReadyWeights()))
    return replace(order, look_around=lambda _order: seen)


@pytest.fixture
def gpus() -> OpenGpus:
    return OpenGpus(gpu())


def test_a_node_tells_its_gpus_and_what_is_wrong_with_what_it_kept(tmp_path: Path, gpus: OpenGpus):
    order = order_on(FakeNode("one", tmp_path), gpus)
    sound, broken = (order.folder(order.here()) / name for name in ("0-1", "0-2"))
    sound.mkdir(parents=True)
    with JournalWriter(answers_file(sound)) as journal:
        journal.append(answer("m-0"))
    answers_file(broken).mkdir(parents=True)

    (facts,) = describe(order)

    assert ((gpu(),), "570.0") == (facts.gpus, facts.driver)
    assert {"m-0": answer("m-0")} == facts.kept
    assert 1 == len(facts.problems)
    assert "answers in it are asked for once more" in facts.problems[0]
    assert not gpus.is_open


def test_an_env_is_built_from_the_envspec_as_it_was_sent(tmp_path: Path, gpus: OpenGpus):
    envs = ToldEnvs(TORCH)
    built = replace(env(), packages=TORCH)

    told = list(prepare(order_on(FakeNode("one", tmp_path, envs=envs), gpus), BUILD))

    assert told == [
        progress.EnvStep("toy", "line"),
        progress.EnvBuilt(built),
        events.EnvReady("toy", {"m": Need(1)}),
    ]
    assert Path(envs.folder).is_relative_to(tmp_path / "kept/envspecs")
    assert not gpus.is_open


def test_weights_are_fetched_and_the_way_there_is_told(tmp_path: Path, gpus: OpenGpus):
    told = list(prepare(order_on(FakeNode("one", tmp_path), gpus), FETCH))

    assert told == [
        progress.WeightsStep("m", "fetching", 1, 2),
        progress.WeightsFetched("m", loaded_weights(FETCHED)),
        events.WeightsReady("m"),
    ]


def test_what_nobody_waits_for_any_more_is_not_built_on(tmp_path: Path, gpus: OpenGpus):
    envs = EndlessEnvs()
    steps = prepare(order_on(FakeNode("one", tmp_path, envs=envs), gpus), BUILD)

    first = next(steps)
    assert isinstance(steps, Generator)
    steps.close()

    assert progress.EnvStep("toy", "line") == first
    assert envs.was_cancelled
    assert not gpus.is_open
