"""The nodes that a run can use, and what each has turned out not to be able to. Pure."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from vlmhb.domain.gpu_choice import GpuChoice
from vlmhb.schedule.cluster.node import NodeFacts
from vlmhb.schedule.cluster.nodes import Node
from vlmhb.schedule.slots import Slot, cpu_slots
from vlmhb.schedule.supply.availability import Missing
from vlmhb.system.gpus import Gpu


@dataclass(slots=True)
class Member:
    """A node that the run uses."""

    node: Node
    facts: NodeFacts
    slots: tuple[Slot, ...]
    refused: dict[str, str] = field(default_factory=dict)
    """Model -> why none of its workers is started there."""
    in_doubt: bool = False
    """A post on it vanished: maybe the node has, too."""


class Roster:
    """The nodes by id, and which slot is where."""

    def __init__(self, choice: GpuChoice, cpu_workers: int) -> None:
        """At most the chosen number of GPUs in all, and so many workers without one per node."""
        self._choice = choice
        self._cpu_workers = cpu_workers
        self._members: dict[str, Member] = {}

    def add(self, node: Node, facts: NodeFacts) -> Member:
        """The node can be used."""
        gpus = facts.gpus[: node.gpus]
        if self._choice.count is not None:
            gpus = gpus[: self._choice.count - len(self.usable)]
        slots = [
            Slot(f"{node.name}/{gpu.uuid}", gpu.memory_gib, gpu.is_slice, node.id) for gpu in gpus
        ]
        if node.cpus:
            slots += [
                Slot(f"{node.name}/{slot.name}", node=node.id)
                for slot in cpu_slots(self._cpu_workers)
            ]
        missing = {model: why.problem for model, why in facts.unavailable.items()}
        member = Member(node, facts, tuple(slots), missing)
        self._members[node.id] = member
        return member

    def drop(self, node: str) -> Member | None:
        """The node is gone; None when it was not used."""
        return self._members.pop(node, None)

    def __iter__(self) -> Iterator[Member]:
        return iter(tuple(self._members.values()))

    def __contains__(self, node: str) -> bool:
        return node in self._members

    def __getitem__(self, node: str) -> Member:
        return self._members[node]

    def of_slot(self, slot: str) -> Member | None:
        """The node that has the slot; None when it is gone."""
        has = (one for one in self if any(slot == own.name for own in one.slots))
        return next(has, None)

    @property
    def slots(self) -> tuple[Slot, ...]:
        """All of them."""
        return tuple(slot for member in self for slot in member.slots)

    @property
    def usable(self) -> tuple[Gpu, ...]:
        """The GPUs that workers may have."""
        names = {slot.name for slot in self.slots}
        return tuple(
            gpu
            for member in self
            for gpu in member.facts.gpus
            if f"{member.node.name}/{gpu.uuid}" in names
        )

    @property
    def driver(self) -> str:
        """The versions of the GPUs' drivers."""
        versions = {member.facts.driver for member in self if member.facts.gpus}
        return ", ".join(sorted(versions))

    def that_may_run(self, models: Collection[str]) -> list[Member]:
        """The nodes with room for a worker of one of the models, as far as is known."""
        able = (one for one in self if one.slots)
        return [one for one in able if any(model not in one.refused for model in models)]

    def unavailable(self, models: Sequence[str]) -> dict[str, Missing]:
        """The models that no node can run, each with what one of them lacks.

        What a node with GPUs lacks says more than that another one has none.
        """
        found: dict[str, Missing] = {}
        able = (one for one in self if one.slots)
        ranked = sorted(able, key=lambda one: -len(one.facts.gpus))
        for model in models:
            missing = [one.facts.unavailable.get(model) for one in ranked]
            lacks = [one for one in missing if one is not None]
            if lacks and len(lacks) == len(missing):
                found[model] = lacks[0]
        return found
