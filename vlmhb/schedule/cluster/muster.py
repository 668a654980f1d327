"""Finding out what the nodes of a cluster have for a run."""

import queue
from collections.abc import Callable
from dataclasses import dataclass, field

from vlmhb import __version__
from vlmhb.domain.answer import Outcome
from vlmhb.errors import UnusableError
from vlmhb.schedule.cluster.node import NodeFacts, describe
from vlmhb.schedule.cluster.nodes import Cluster, Node
from vlmhb.schedule.cluster.order import NodeOrder
from vlmhb.schedule.cluster.roster import Roster


@dataclass(frozen=True, slots=True)
class Described:
    """What a node says of itself."""

    node: Node
    facts: NodeFacts | None
    """None when it could not."""
    problem: str = ""
    """Why."""

    @property
    def why_not(self) -> str:
        """Why the node is not used; empty when it is."""
        if self.facts is None:
            return f"{self.node.name} is not used: {self.problem}"
        if self.facts.vlmhb != __version__:
            return (
                f"{self.node.name} is not used: it has vlmhb {self.facts.vlmhb}, this is"
                f" {__version__}"
            )
        return ""


@dataclass(frozen=True, slots=True)
class Muster:
    """The nodes at the beginning of a run."""

    cluster: Cluster
    order: NodeOrder
    roster: Roster
    kept: dict[str, Outcome] = field(default_factory=dict)
    """By request: what an earlier start left on them."""
    notes: list[str] = field(default_factory=list)
    """What to know of those that are not used."""


def ask(cluster: Cluster, order: NodeOrder, node: Node, tell: Callable[[Described], None]) -> None:
    """Have a node describe itself; told once."""
    found: list[NodeFacts] = []
    cluster.ask(
        node.id,
        describe,
        (order,),
        found.append,
        lambda problem: tell(Described(node, found[0] if found else None, problem)),
    )


def muster(cluster: Cluster, order: NodeOrder) -> Muster:
    """Ask all nodes, and wait for them.

    Raises:
        UnusableError: none of them can be used.
    """
    answers: queue.SimpleQueue[Described] = queue.SimpleQueue()
    nodes = cluster.nodes()
    for node in nodes:
        ask(cluster, order, node, answers.put)
    roster = Roster(order.config.gpus, order.config.max_workers or 1)
    found = Muster(cluster, order, roster)
    # In the order of the cluster, whoever answers first.
    told = {answer.node.id: answer for answer in (answers.get() for _ in nodes)}
    for answer in (told[node.id] for node in nodes):
        if answer.facts is None or answer.why_not:
            found.notes.append(answer.why_not)
            continue
        roster.add(answer.node, answer.facts)
        found.kept.update(answer.facts.kept)
        found.notes.extend(f"{answer.node.name}: {one}" for one in answer.facts.problems)
    if not roster.slots:
        raise UnusableError(
            "cannot run on the cluster",
            "; ".join(found.notes) or "it has no node with a CPU or a GPU to spare",
            expected="a node with this version of vlmhb, and a CPU or a GPU",
            next_step="pip install vlmhb[ray] on every node, then ray start there",
        )
    return found
