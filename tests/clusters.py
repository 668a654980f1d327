"""Clusters without machines: one that carries out what nodes are asked, and one that is scripted.

Both take the place of `schedule.cluster.nodes.Cluster`, which is a protocol of this project.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.build import envspec, request
from tests.fakes import FakeGpus, NoWeights, ReadyEnvs
from vlmhb import __version__
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import Request, RunConfig
from vlmhb.schedule.cluster.node import NodeFacts
from vlmhb.schedule.cluster.nodes import Node, PostPlace
from vlmhb.schedule.cluster.order import Here, NodeOrder
from vlmhb.schedule.cluster.post import Given, Ordered, Post, Report, Sent
from vlmhb.schedule.cluster.sent_specs import SentSpec
from vlmhb.schedule.gpus.desk import GpuRules
from vlmhb.schedule.supply.envs import Envs
from vlmhb.schedule.supply.supplies import Supplies
from vlmhb.system.gpus import Gpu

GONE = "its process there, or the whole node, is gone"


def config_of(*models: ModelSpec, **changes: object) -> RunConfig:
    """A run of these models, which are toys."""
    values: dict[str, Any] = {
        "name": "run",
        "source": "run",
        "models": models,
        "tasks": (),
        "envspecs": {"toy": envspec()},
        "max_workers": None,
        "limit": None,
        "seed": 0,
    }
    return RunConfig(**(values | changes))


def nowhere(_order: NodeOrder) -> Here:
    """For orders that say on no node what it has."""
    raise AssertionError("nobody looks around on the driver")


def an_order(config: RunConfig, look_around: Callable[[NodeOrder], Here] = nowhere) -> NodeOrder:
    """What nodes are told of the first start of a run."""
    specs = {name: SentSpec(spec, {}) for name, spec in config.envspecs.items()}
    return NodeOrder(config, specs, "run-id", 0, look_around)


def prompts(owner: str, number: int) -> tuple[Request, ...]:
    """So many requests without pages."""
    names = (f"{owner}-{one}" for one in range(number))
    return tuple(replace(request(name, owner), prompt=name, pages=()) for name in names)


@dataclass(slots=True)
class FakeNode:
    """A machine that is a folder of this one."""

    name: str
    folder: Path
    gpus: tuple[Gpu, ...] = ()
    cpus: int = 2
    envs: Envs = field(default_factory=ReadyEnvs)
    secrets: Mapping[str, str] = field(default_factory=dict)
    version: str = __version__
    free: list[Gpu] = field(init=False)
    posts: list["FakeStation"] = field(default_factory=list)
    """Those that are on it now."""

    def __post_init__(self) -> None:
        self.free = list(self.gpus)

    @property
    def node(self) -> Node:
        """As the driver knows it."""
        return Node(f"id of {self.name}", self.name, len(self.gpus), self.cpus)

    def look_around(self, gpus: Sequence[Gpu]) -> Callable[[NodeOrder], Here]:
        """What it has for who sees these GPUs."""
        supplies = Supplies(
            self.envs,
            NoWeights(),
            self.secrets,
            gpus=FakeGpus(*gpus),
            rules=GpuRules(self.folder / "leases"),
        )
        return lambda _order: Here(supplies, self.folder / "kept")


class FakeStation:
    """A post in a thread of this process."""

    def __init__(self, node: FakeNode, place: PostPlace, on_end: Callable[[str], None]) -> None:
        self.node, self.place = node, place
        self.gpus = [node.free.pop() for _ in range(place.gpus)]
        self.post: Post | None = None
        self.is_gone = False
        self.is_deaf = False
        """Its node cannot be reached, and nobody has noticed yet."""
        self._on_end = on_end
        self._lock = threading.Lock()

    def run(self, order: NodeOrder, tell: Callable[[list[Report]], None]) -> None:
        """Tell all reports."""
        problem = ""
        try:
            for reports in self.post.reports() if self.post else ():
                if not self.is_gone:
                    tell(reports)
        except Exception as error:  # noqa: BLE001 - as the cluster has it
            problem = str(error)
        self.node.free += self.gpus
        self._end(problem)

    def take(self, what: Sent | Given | Ordered) -> None:
        """As on a node that is alive."""
        if self.post and not (self.is_gone or self.is_deaf):
            self.post.take(what)

    def remove(self) -> None:
        """As when its process is killed: nothing more is heard, and its worker ends."""
        self._end(GONE)
        if self.post:
            self.post.take(Ordered("kill"))

    def _end(self, problem: str) -> None:
        with self._lock:
            was_gone, self.is_gone = self.is_gone, True
        if not was_gone:
            self.node.posts.remove(self)
            self._on_end(problem)


class FakeCluster:
    """Nodes whose parts are played by threads of this process, with real workers."""

    def __init__(self, *nodes: FakeNode) -> None:
        self.members = {one.node.id: one for one in nodes}
        self.posted: list[FakeStation] = []
        """All there ever were."""
        self.refused_questions = 0
        """So many are not answered from now on."""
        self._threads: list[threading.Thread] = []
        self._tell_nodes: Callable[[tuple[Node, ...]], None] = _nobody

    def __enter__(self) -> "FakeCluster":
        return self

    def __exit__(self, *_error: object) -> None:
        for one in self.members.values():
            for station in tuple(one.posts):
                station.remove()
        for thread in self._threads:
            thread.join()

    def nodes(self) -> tuple[Node, ...]:
        return tuple(one.node for one in self.members.values())

    def watch(self, tell: Callable[[tuple[Node, ...]], None]) -> None:
        self._tell_nodes = tell
        tell(self.nodes())

    def join(self, node: FakeNode) -> None:
        """One more."""
        self.members[node.node.id] = node
        self._tell_nodes(self.nodes())

    def lose(self, name: str) -> None:
        """Its machine is gone: first what was on it is heard no more, then it is noticed."""
        one = self.members.pop(f"id of {name}")
        for station in tuple(one.posts):
            station.remove()
        self._tell_nodes(self.nodes())

    def ask(
        self,
        node: str,
        question: Callable[..., Iterator[Any]],
        arguments: tuple[object, ...],
        tell: Callable[[Any], None],
        on_end: Callable[[str], None],
    ) -> None:
        order, *others = arguments
        assert isinstance(order, NodeOrder)

        def run() -> None:
            one = self.members.get(node)
            if one is None or self.refused_questions > 0:
                self.refused_questions -= 1
                on_end("it does not answer")
                return
            problem = ""
            try:
                here = replace(order, look_around=one.look_around(one.gpus))
                for what in question(here, *others):
                    is_facts = isinstance(what, NodeFacts)
                    tell(replace(what, vlmhb=one.version) if is_facts else what)
            except Exception as error:  # noqa: BLE001 - as the cluster has it
                problem = str(error)
            on_end(problem)

        self._begin(run)

    def post(
        self,
        order: NodeOrder,
        place: PostPlace,
        tell: Callable[[list[Report]], None],
        on_end: Callable[[str], None],
    ) -> FakeStation:
        one = self.members[place.node]
        station = FakeStation(one, place, on_end)
        one.posts.append(station)
        order = replace(order, look_around=one.look_around(station.gpus))
        station.post = Post(order, place.worker, place.name, place.gpus)
        self._begin(lambda: station.run(order, tell))
        self.posted.append(station)
        return station

    def _begin(self, what: Callable[[], None]) -> None:
        thread = threading.Thread(target=what)
        self._threads.append(thread)
        thread.start()


@dataclass(slots=True)
class Asked:
    """A question, and what the test can make of it."""

    node: str
    question: Callable[..., Iterator[Any]]
    tell: Callable[[Any], None]
    on_end: Callable[[str], None]


@dataclass(slots=True)
class Posted:
    """A post, and what the test can make of it."""

    order: NodeOrder
    place: PostPlace
    tell: Callable[[list[Report]], None]
    on_end: Callable[[str], None]
    taken: list[Sent | Given | Ordered] = field(default_factory=list)
    is_removed: bool = False

    def take(self, what: Sent | Given | Ordered) -> None:
        self.taken.append(what)

    def remove(self) -> None:
        self.is_removed = True


class ScriptedCluster:
    """Does nothing by itself: the test tells what comes of each thing."""

    def __init__(self, *nodes: Node) -> None:
        self.alive = nodes
        self.asked: list[Asked] = []
        self.posted: list[Posted] = []

    def nodes(self) -> tuple[Node, ...]:
        return self.alive

    def watch(self, tell: Callable[[tuple[Node, ...]], None]) -> None:
        tell(self.alive)

    def ask(
        self,
        node: str,
        question: Callable[..., Iterator[Any]],
        arguments: tuple[object, ...],
        tell: Callable[[Any], None],
        on_end: Callable[[str], None],
    ) -> None:
        self.asked.append(Asked(node, question, tell, on_end))

    def post(
        self,
        order: NodeOrder,
        place: PostPlace,
        tell: Callable[[list[Report]], None],
        on_end: Callable[[str], None],
    ) -> Posted:
        self.posted.append(Posted(order, place, tell, on_end))
        return self.posted[-1]


def _nobody(_what: object) -> None:
    pass
