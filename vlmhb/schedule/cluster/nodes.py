"""What a cluster can do for a run; `schedule.ray_cluster` has it of Ray."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from vlmhb.schedule.cluster.order import NodeOrder
from vlmhb.schedule.cluster.post import Given, Ordered, Report, Sent


@dataclass(frozen=True, slots=True)
class Node:
    """A machine of the cluster."""

    id: str
    name: str
    """For the user; no other node has it."""
    gpus: int
    """As many as workers may have there."""
    cpus: int


@dataclass(frozen=True, slots=True)
class PostPlace:
    """Where a worker is to be, and what it takes there."""

    node: str
    """Its id."""
    worker: str
    name: str
    """Tells the post from all others of the run."""
    gpus: int


class Station(Protocol):
    """A post, as seen from the driver."""

    def take(self, what: Sent | Given | Ordered) -> None:
        """Have it taken there; nothing happens when the post is gone."""
        ...

    def remove(self) -> None:
        """Leave nothing of it, now."""
        ...


class Cluster(Protocol):
    """Runs what it is given on its nodes. What comes of it is told in threads of its own.

    The end of each thing is told once, with what went wrong; empty when nothing did.
    """

    def nodes(self) -> tuple[Node, ...]:
        """Those that are alive now."""
        ...

    def watch(self, tell: Callable[[tuple[Node, ...]], None]) -> None:
        """Tell which nodes are alive, now and after every change."""
        ...

    def ask(
        self,
        node: str,
        question: Callable[..., Iterator[Any]],
        arguments: tuple[object, ...],
        tell: Callable[[Any], None],
        on_end: Callable[[str], None],
    ) -> None:
        """Call a function of a module on a node, and tell what it yields."""
        ...

    def post(
        self,
        order: NodeOrder,
        place: PostPlace,
        tell: Callable[[list[Report]], None],
        on_end: Callable[[str], None],
    ) -> Station:
        """Put a `Post` on a node, once it has the GPUs for it, and tell its reports."""
        ...
