"""A run on nodes that are threads of this process, with real workers."""

import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.build import model
from tests.clusters import FakeCluster, FakeNode, an_order, config_of, prompts
from tests.fakes import ReadyEnvs, gpu
from vlmhb.domain.answer import Answer
from vlmhb.domain.envspec import Env, EnvSpec
from vlmhb.domain.model import WeightsRef
from vlmhb.domain.run import RunConfig
from vlmhb.errors import EnvError
from vlmhb.schedule.cluster import execution
from vlmhb.schedule.cluster.answers_file import answers_file
from vlmhb.schedule.cluster.execution import execute_on
from vlmhb.schedule.cluster.muster import muster
from vlmhb.schedule.progress import (
    Answered,
    EnvBuilt,
    GaveUp,
    ModelLoaded,
    ModelStarting,
    Noted,
    Progress,
    Queued,
)
from vlmhb.schedule.standing import Standing
from vlmhb.schedule.state import NOTHING_TOLD
from vlmhb.store.journal_writer import JournalWriter
from vlmhb.system.signals import StopSignals

TORCH = (("torch", "2.5.0"),)
SLOW = {"delay_s": 0.05}


class BrokenEnvs(ReadyEnvs):
    """None can be built."""

    def ensure(
        self, spec: EnvSpec, *, cancelled: threading.Event, on_progress: Callable[[str], None]
    ) -> Env:
        raise EnvError(f"cannot build {spec.name}", "no wheel of torch fits")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "run/logs").mkdir(parents=True)
    return tmp_path


def node(folder: Path, name: str, letters: str = "", **changes: object) -> FakeNode:
    gpus = tuple(gpu(letter) for letter in letters)
    return FakeNode(name, folder / name, gpus, **changes)  # type: ignore[arg-type]


class Run:
    """One start, seen step by step."""

    def __init__(
        self,
        folder: Path,
        cluster: FakeCluster,
        config: RunConfig,
        number: int,
        standings: Mapping[str, Standing] = NOTHING_TOLD,
    ) -> None:
        self.cluster = cluster
        self.stop = StopSignals()
        self.left = {one.name: prompts(one.name, number) for one in config.models}
        self.found = muster(cluster, an_order(config))
        self.steps: Generator[Progress] = execute_on(
            self.found, self.left, folder / "run", self.stop, standings
        )
        self.seen: list[Progress] = []

    def until(self, condition: Callable[[Progress], bool]) -> Progress:
        for step in self.steps:
            self.seen.append(step)
            if condition(step):
                return step
        raise AssertionError(self.seen)

    def rest(self) -> "Run":
        self.seen += self.steps
        return self

    def of(self, *kinds: type[Progress]) -> list[Progress]:
        return [step for step in self.seen if isinstance(step, kinds)]

    @property
    def answers(self) -> list[str]:
        return sorted(
            step.outcome.request_id
            for step in self.seen
            if isinstance(step, Answered) and isinstance(step.outcome, Answer)
        )

    @property
    def asked(self) -> list[str]:
        return sorted(one.id for requests in self.left.values() for one in requests)

    @property
    def said(self) -> str:
        return "\n".join(step.text for step in self.seen if isinstance(step, Noted | GaveUp))


def answered(step: Progress) -> bool:
    return isinstance(step, Answered)


def torches(folder: Path, name: str, letters: str) -> FakeNode:
    """A node whose env computes on GPUs."""
    return node(folder, name, letters, envs=ReadyEnvs(TORCH))


def test_two_nodes_with_gpus_answer_everything_once(folder: Path):
    with FakeCluster(torches(folder, "one", "a"), torches(folder, "two", "b")) as cluster:
        run = Run(folder, cluster, config_of(model("m"), model("n")), 10).rest()

    assert run.asked == run.answers
    hosts = {one.place.node for one in run.cluster.posted}
    assert {"id of one", "id of two"} == hosts
    assert [Queued("m", "toy"), Queued("n", "toy")] == run.of(Queued)
    assert 1 == len(run.of(EnvBuilt))
    assert "" == run.said
    assert run.stop._listener is None  # nobody else's signals are taken


def test_no_more_workers_run_on_all_nodes_than_allowed(folder: Path):
    with FakeCluster(node(folder, "one"), node(folder, "two")) as cluster:
        config = config_of(model("m"), model("n"), max_workers=1)
        run = Run(folder, cluster, config, 4).rest()

    of_models = [one.model for one in run.of(ModelStarting, Answered)]  # type: ignore[union-attr]
    assert [*["m"] * 5, *["n"] * 5] == of_models


def test_what_earlier_starts_tell_is_known(folder: Path):
    refused = {"m": Standing(refused={"m-0": "it ended the run"})}
    with FakeCluster(node(folder, "one")) as cluster:
        run = Run(folder, cluster, config_of(model("m")), 2, refused).rest()

    assert ["m-1"] == run.answers
    assert 2 == len(run.of(Answered))


def test_weights_that_no_node_can_have_end_their_model_before_any_worker_starts(folder: Path):
    weighted = model("m", weights=WeightsRef("Org/Model"))
    with FakeCluster(node(folder, "one")) as cluster:
        run = Run(folder, cluster, config_of(weighted), 2).rest()

    assert "one: cannot fetch Org/Model" in run.said
    assert [] == run.cluster.posted


def test_a_worker_for_two_gpus_has_them_of_one_node(folder: Path):
    wide = replace(model("wide"), gpus=2)
    nodes = torches(folder, "one", "a"), torches(folder, "two", "bc")
    with FakeCluster(*nodes) as cluster:
        run = Run(folder, cluster, config_of(wide), 2).rest()

    assert run.asked == run.answers
    assert [("id of two", 2)] == [(one.place.node, one.place.gpus) for one in run.cluster.posted]


def test_a_model_for_more_gpus_than_any_node_has_is_given_up(folder: Path):
    wide = replace(model("wide"), gpus=2)
    nodes = torches(folder, "one", "a"), torches(folder, "two", "b")
    with FakeCluster(*nodes) as cluster:
        run = Run(folder, cluster, config_of(wide, model("m")), 2).rest()

    assert ["m-0", "m-1"] == run.answers
    assert ["wide"] == [one.model for one in run.of(GaveUp) if isinstance(one, GaveUp)]


def test_what_a_lost_node_owed_is_asked_of_the_other(folder: Path):
    nodes = node(folder, "one", cpus=1), node(folder, "two", cpus=1)
    with FakeCluster(*nodes) as cluster:
        run = Run(folder, cluster, config_of(model("m", params=SLOW)), 10)
        run.until(answered)
        victim = next(one.place.node for one in run.cluster.posted)

        cluster.lose(victim.removeprefix("id of "))
        run.rest()

    assert run.asked == run.answers
    assert "is gone; others take what it had left" in run.said


def test_a_node_is_used_again_when_its_post_vanished_and_it_did_not(folder: Path):
    with FakeCluster(node(folder, "one", cpus=1)) as cluster:
        run = Run(folder, cluster, config_of(model("m", params=SLOW)), 10)
        run.until(answered)

        run.cluster.posted[0].remove()
        run.rest()

    assert run.asked == run.answers
    assert 2 == len(run.of(ModelLoaded))


def test_a_node_that_is_in_doubt_is_asked_until_it_answers(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(execution, "AGAIN_S", 0.1)
    with FakeCluster(node(folder, "one", cpus=1)) as cluster:
        run = Run(folder, cluster, config_of(model("m", params=SLOW)), 10)
        run.until(answered)

        cluster.refused_questions = 2
        run.cluster.posted[0].remove()
        run.rest()

    assert run.asked == run.answers


def test_a_node_that_comes_is_used(folder: Path):
    wide = replace(model("wide", params=SLOW), gpus=1)
    with FakeCluster(torches(folder, "one", "a")) as cluster:
        run = Run(folder, cluster, config_of(wide, model("n", params=SLOW)), 20)
        run.until(answered)

        cluster.join(torches(folder, "two", "b"))
        run.rest()

    assert run.asked == run.answers
    assert "two has come, with 2 slots" in run.said
    assert {"id of one", "id of two"} == {one.place.node for one in run.cluster.posted}


def test_nodes_that_changed_between_the_muster_and_the_watch_are_seen(folder: Path):
    nodes = node(folder, "one", cpus=1), node(folder, "two", cpus=1)
    with FakeCluster(*nodes) as cluster:
        run = Run(folder, cluster, config_of(model("m")), 4)
        del cluster.members["id of one"]
        run.rest()

    assert run.asked == run.answers
    assert "one is gone" in run.said


def test_a_node_with_another_version_is_not_used_and_that_is_said_once(folder: Path):
    with FakeCluster(node(folder, "one"), node(folder, "two", version="0.0.1")) as cluster:
        run = Run(folder, cluster, config_of(model("m")), 4).rest()

    assert run.asked == run.answers
    assert 1 == run.said.count("two is not used: it has vlmhb 0.0.1, this is")
    assert {"id of one"} == {one.place.node for one in run.cluster.posted}


def test_an_env_that_fails_on_one_node_is_used_on_another(folder: Path):
    nodes = node(folder, "one", envs=BrokenEnvs()), node(folder, "two")
    with FakeCluster(*nodes) as cluster:
        run = Run(folder, cluster, config_of(model("m")), 4).rest()

    assert run.asked == run.answers
    assert [] == run.of(GaveUp)


def test_an_env_that_fails_everywhere_ends_its_model_with_what_the_builds_said(folder: Path):
    nodes = node(folder, "one", envs=BrokenEnvs()), node(folder, "two", envs=BrokenEnvs())
    with FakeCluster(*nodes) as cluster:
        run = Run(folder, cluster, config_of(model("m")), 4).rest()

    (gave_up,) = run.of(GaveUp)
    assert isinstance(gave_up, GaveUp)
    assert "one: cannot build toy" in gave_up.text
    assert "two: cannot build toy" in gave_up.text
    assert "no wheel of torch fits" in gave_up.text
    assert [] == run.of(ModelStarting)


def test_a_node_without_room_for_workers_makes_nothing_ready(folder: Path):
    head = node(folder, "head", cpus=0, envs=BrokenEnvs())
    with FakeCluster(head, node(folder, "one")) as cluster:
        run = Run(folder, cluster, config_of(model("m")), 2).rest()

    assert run.asked == run.answers
    assert "" == run.said


def test_a_model_that_one_node_can_run_is_run_there(folder: Path):
    large = replace(model("large"), min_gpu_memory_gib=40.0)
    small, wide = torches(folder, "one", "a"), torches(folder, "two", "")
    wide.gpus = (gpu("b", 80.0),)
    wide.free = list(wide.gpus)
    with FakeCluster(small, wide) as cluster:
        run = Run(folder, cluster, config_of(large), 2).rest()

    assert run.asked == run.answers
    assert {"id of two"} == {one.place.node for one in run.cluster.posted}


def test_a_model_that_no_node_can_run_is_given_up_before_anything_is_made_ready(folder: Path):
    head = node(folder, "head", cpus=0)
    secretive = replace(model("m"), secrets=("TOKEN",))
    head.secrets = {"TOKEN": "only where nothing runs"}
    with FakeCluster(head, node(folder, "one", envs=BrokenEnvs())) as cluster:
        run = Run(folder, cluster, config_of(secretive), 2).rest()

    (gave_up,) = run.of(GaveUp)
    assert isinstance(gave_up, GaveUp)
    assert "TOKEN" in gave_up.text
    assert [] == run.of(Queued)


def keep(folder: Path, name: str, *ids: str) -> None:
    """What an earlier start left on a node."""
    kept = folder / name / "kept/runs/run-id/0-1"
    kept.mkdir(parents=True)
    with JournalWriter(answers_file(kept)) as journal:
        for identity in ids:
            journal.append(Answer(identity, "kept", segment=3))


def test_what_an_earlier_start_left_on_a_node_is_not_asked_again(folder: Path):
    keep(folder, "one", "m-0", "m-1", "of another model")
    with FakeCluster(node(folder, "one")) as cluster:
        run = Run(folder, cluster, config_of(model("m")), 3).rest()

    late = [one for one in run.of(Answered) if isinstance(one, Answered) and one.is_late]
    assert [("m-0", 3), ("m-1", 3)] == [
        (one.outcome.request_id, one.outcome.segment) for one in late
    ]
    assert run.asked == run.answers


def test_a_model_of_which_nothing_is_left_is_neither_queued_nor_given_up(folder: Path):
    keep(folder, "one", "m-0", "m-1")
    secretive = replace(model("m"), secrets=("TOKEN",))
    with FakeCluster(node(folder, "one")) as cluster:
        run = Run(folder, cluster, config_of(secretive), 2).rest()

    assert run.asked == run.answers
    assert [] == run.of(Queued, GaveUp)


def test_the_first_signal_lets_answers_arrive(folder: Path):
    with FakeCluster(node(folder, "one", cpus=1)) as cluster:
        run = Run(folder, cluster, config_of(model("m", params=SLOW)), 100)
        run.until(answered)
        signal_of(run)()
        run.rest()

        assert 1 <= len(run.answers) < 100
        assert [] == run.of(GaveUp)


def test_the_second_signal_waits_for_no_post(folder: Path):
    with FakeCluster(node(folder, "one", cpus=1)) as cluster:
        run = Run(folder, cluster, config_of(model("m", params={"delay_s": 60.0})), 4)
        run.until(lambda step: isinstance(step, ModelLoaded))
        run.cluster.posted[0].is_deaf = True
        signal_of(run)()
        signal_of(run)()
        run.rest()

        assert [] == run.answers
        assert [] == cluster.members["id of one"].posts


def signal_of(run: Run) -> Callable[[], None]:
    listener = run.stop._listener  # what the signal handler calls
    assert listener is not None
    return listener


def test_what_workers_print_is_in_the_run_folder(folder: Path):
    noisy = model("m", params={"faults": {"m-0": "print"}})
    with FakeCluster(node(folder, "one")) as cluster:
        Run(folder, cluster, config_of(noisy), 2).rest()

    logs: Iterator[Path] = (folder / "run/logs").glob("*.log")
    assert ["m.log"] == [one.name for one in logs]
