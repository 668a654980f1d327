"""What the driver does when nodes, posts and signals come and go, told by a script."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.build import answer, env, model
from tests.clusters import Posted, ScriptedCluster, an_order, config_of, prompts
from vlmhb import __version__
from vlmhb.domain.gpu_choice import GpuChoice
from vlmhb.schedule import events
from vlmhb.schedule.cluster.execution import execute_on
from vlmhb.schedule.cluster.muster import Muster
from vlmhb.schedule.cluster.node import NodeFacts
from vlmhb.schedule.cluster.nodes import Node
from vlmhb.schedule.cluster.post import Ordered
from vlmhb.schedule.cluster.roster import Roster
from vlmhb.schedule.progress import EnvBuilt, GaveUp, Noted, Progress
from vlmhb.schedule.state import NOTHING_TOLD
from vlmhb.system.signals import StopSignals

PATIENCE_S = 60.0
FACTS = NodeFacts(__version__, "host", (), "", {}, {}, ())


class HeardCluster(ScriptedCluster):
    """Tells when something is asked of it."""

    def __init__(self, news: threading.Condition, *nodes: Node) -> None:
        super().__init__(*nodes)
        self._news = news
        self.tell_nodes: Callable[[tuple[Node, ...]], None]

    def watch(self, tell: Callable[[tuple[Node, ...]], None]) -> None:
        self.tell_nodes = tell
        super().watch(tell)

    def ask(self, *words: Any) -> None:
        with self._news:
            super().ask(*words)
            self._news.notify_all()

    def post(self, *words: Any) -> Posted:
        with self._news:
            self._news.notify_all()
            return super().post(*words)


class Script:
    """A run of two models on nodes with one slot each; its driver is in a thread of its own."""

    def __init__(self, folder: Path, *names: str) -> None:
        self._news = threading.Condition()
        self.nodes = tuple(Node(f"id of {name}", name, gpus=0, cpus=1) for name in names)
        self.cluster = HeardCluster(self._news, *self.nodes)
        config = config_of(model("m"), model("n"))
        roster = Roster(GpuChoice(), 1)
        for one in self.nodes:
            roster.add(one, FACTS)
        asked = {one.id for one in self.nodes}
        found = Muster(self.cluster, an_order(config), roster, asked=asked)
        left = {one.name: prompts(one.name, 3) for one in config.models}
        self._stop = StopSignals()
        self._steps = execute_on(found, left, folder, self._stop, NOTHING_TOLD)
        self.seen: list[Progress] = []
        self._thread = threading.Thread(target=self._follow)
        self._thread.start()
        self.wait(lambda: len(self.cluster.asked) == len(names))  # to build the env

    def _follow(self) -> None:
        for step in self._steps:
            with self._news:
                self.seen.append(step)
                self._news.notify_all()

    def wait(self, is_so: Callable[[], bool]) -> None:
        """Until the driver has done something."""
        with self._news:
            assert self._news.wait_for(is_so, PATIENCE_S)

    def start_posts(self) -> tuple[Posted, ...]:
        """The env is there, and each model has a worker that has loaded it."""
        self.cluster.asked[0].tell(EnvBuilt(env()))
        self.wait(lambda: len(self.cluster.posted) == len(self.nodes))
        for post in self.cluster.posted:
            post.tell([events.WorkerLoaded(post.place.worker, 1)])
        return tuple(self.cluster.posted)

    def settle(self, post: Posted) -> None:
        """Everything that was told before has been seen to; the post must be there."""
        mark = Noted(f"mark {len(self.seen)}")
        post.tell([mark])
        self.wait(lambda: mark in self.seen)

    def signal(self) -> None:
        assert self._stop._listener is not None
        self._stop._listener()

    def said(self, text: str) -> bool:
        return any(isinstance(one, Noted) and text in one.text for one in self.seen)

    def end(self) -> None:
        """Nothing is left to do, or to wait for."""
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()

    def close(self) -> None:
        if self._stop._listener is not None:
            self.signal()
            self.signal()
        self.end()


@pytest.fixture
def script(tmp_path: Path) -> Iterator[Script]:
    made = Script(tmp_path, "one", "two")
    yield made
    made.close()


def test_nothing_is_started_on_a_node_whose_post_vanished_before_it_answers(script: Script):
    vanished, other = script.start_posts()

    vanished.on_end("its process is gone")
    script.settle(other)
    meanwhile = len(script.cluster.posted)
    question = script.cluster.asked[-1]
    question.tell(FACTS)
    question.on_end("")
    script.wait(lambda: len(script.cluster.posted) == 3)

    again = script.cluster.posted[-1].place
    assert 2 == meanwhile
    assert vanished.place.node == question.node == again.node
    assert vanished.place.worker == again.worker


def test_it_is_asked_once_however_many_vanish_and_not_when_a_post_ends_as_it_should(
    script: Script,
):
    vanished, other = script.start_posts()
    before = len(script.cluster.asked)

    other.tell([events.WorkerGone(other.place.worker, "done", by_itself=False)])
    other.on_end("")
    vanished.on_end("its process is gone")
    vanished.on_end("told twice")
    script.wait(lambda: len(script.cluster.posted) == 3)
    script.settle(script.cluster.posted[-1])

    assert [vanished.place.node] == [one.node for one in script.cluster.asked[before:]]


def test_of_a_node_that_is_gone_every_slot_is_lost(script: Script):
    lost, other = script.start_posts()

    script.cluster.tell_nodes(tuple(one for one in script.nodes if one.id != lost.place.node))
    script.wait(lambda: script.said("is gone; others take what it had left"))
    for number in range(3):
        other.tell([_answered(other, number)])
    other.tell([events.WorkerGone(other.place.worker, "done", by_itself=False)])
    other.on_end("")
    script.wait(lambda: len(script.cluster.posted) == 3)

    assert lost.is_removed
    assert other.place.node == script.cluster.posted[-1].place.node
    assert lost.place.worker == script.cluster.posted[-1].place.worker


def test_a_node_that_comes_again_is_asked_again(script: Script):
    lost, other = script.start_posts()
    before = len(script.cluster.asked)

    script.cluster.tell_nodes(tuple(one for one in script.nodes if one.id != lost.place.node))
    script.cluster.tell_nodes(script.nodes)
    script.settle(other)

    assert [lost.place.node] == [one.node for one in script.cluster.asked[before:]]


def test_after_a_signal_an_env_that_fails_says_nothing_about_its_models(script: Script):
    script.signal()
    for question in script.cluster.asked:
        question.on_end("stopped")
    script.end()

    assert [] == [one for one in script.seen if isinstance(one, GaveUp)]


def test_after_a_signal_posts_drain_and_are_not_waited_for_at_the_second(script: Script):
    posts = script.start_posts()

    script.signal()
    script.settle(posts[0])
    drained = [Ordered("drain") in post.taken for post in posts]
    script.signal()
    script.end()

    assert [True, True] == drained
    assert all(post.is_removed for post in posts)


def _answered(post: Posted, number: int) -> events.WorkerAnswered:
    model_name = post.order.config.models[0].name
    return events.WorkerAnswered(post.place.worker, answer(f"{model_name}-{number}"))
