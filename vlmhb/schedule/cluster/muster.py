"""Finding out what the nodes of a cluster have for a run."""

import contextlib
import queue
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from vlmhb import __version__
from vlmhb.domain.answer import Outcome
from vlmhb.errors import UnusableError
from vlmhb.schedule.cluster.node import NodeFacts, describe
from vlmhb.schedule.cluster.nodes import Cluster, Node
from vlmhb.schedule.cluster.order import NodeOrder
from vlmhb.schedule.cluster.roster import Roster
from vlmhb.system.clock import monotonic_s

ANSWER_S = 120.0
"""A node starts a process of Python for its first answer, from whatever disk."""


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

    @property
    def unseen(self) -> tuple[str, ...]:
        """What to say of GPUs that the cluster has there and vlmhb does not see."""
        seen = 0 if self.facts is None else len(self.facts.gpus)
        if seen >= self.node.gpus:
            return ()
        return (
            f"{self.node.name} has {self.node.gpus} GPUs for Ray, of which vlmhb sees {seen};"
            " older versions of Ray hide them from who asks: set"
            " RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO=0 where ray is started",
        )


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
    asked: set[str] = field(default_factory=set)
    """Ids of the nodes that have described themselves, or could not."""


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


def muster(cluster: Cluster, order: NodeOrder, answer_s: float = ANSWER_S) -> Muster:
    """Ask all nodes, and wait `answer_s` for them; one that is later is used when it answers.

    Raises:
        UnusableError: none of them can be used.
    """
    answers: queue.SimpleQueue[Described] = queue.SimpleQueue()
    nodes = cluster.nodes()
    for node in nodes:
        ask(cluster, order, node, answers.put)
    roster = Roster(order.config.gpus, order.config.max_workers or 1)
    found = Muster(cluster, order, roster)
    told = {answer.node.id: answer for answer in _in_time(answers, len(nodes), answer_s)}
    found.asked.update(told)
    silent = f"it has not answered for {answer_s:g} s"
    # In the order of the cluster, whoever answers first.
    for answer in (told.get(node.id, Described(node, None, silent)) for node in nodes):
        if answer.facts is None or answer.why_not:
            found.notes.append(answer.why_not)
            continue
        roster.add(answer.node, answer.facts)
        found.notes.extend(answer.unseen)
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


def _in_time(
    answers: "queue.SimpleQueue[Described]", count: int, longest_s: float
) -> Iterator[Described]:
    """At most so many answers, as long as they come."""
    until_s = monotonic_s() + longest_s
    with contextlib.suppress(queue.Empty):
        for _ in range(count):
            yield answers.get(timeout=max(0.0, until_s - monotonic_s()))
