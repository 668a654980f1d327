"""Which slots nodes bring, and which node can run what."""

from dataclasses import replace

import pytest

from tests.fakes import gpu
from vlmhb import __version__
from vlmhb.domain.gpu_choice import GpuChoice
from vlmhb.schedule.cluster.node import NodeFacts
from vlmhb.schedule.cluster.nodes import Node
from vlmhb.schedule.cluster.roster import Roster
from vlmhb.schedule.slots import Slot
from vlmhb.schedule.supply.availability import Missing

DRIVER = Missing("its driver is too old", "install a newer one")
TOKEN = Missing("TOKEN is not set", "export TOKEN=...")


def facts(letters: str = "", driver: str = "", **unavailable: Missing) -> NodeFacts:
    gpus = tuple(gpu(letter) for letter in letters)
    return NodeFacts(__version__, "host", gpus, driver, unavailable, {}, ())


def node(name: str, gpus: int = 0, cpus: int = 0) -> Node:
    return Node(f"id of {name}", name, gpus, cpus)


def test_slots_are_named_after_their_node_and_those_without_a_gpu_are_so_many_on_each():
    roster = Roster(GpuChoice(), 2)
    mig = replace(gpu(), uuid="MIG-a")
    roster.add(node("one", 1, 8), replace(facts(), gpus=(mig,)))
    roster.add(node("two", 0, 1), facts())

    assert roster.slots == (
        Slot("one/MIG-a", 24.0, is_slice=True, node="id of one"),
        Slot("one/cpu-1", node="id of one"),
        Slot("one/cpu-2", node="id of one"),
        Slot("two/cpu-1", node="id of two"),
        Slot("two/cpu-2", node="id of two"),
    )


@pytest.mark.parametrize(
    ("count", "taken"), [(None, "abcde"), (3, "abc"), (1, "a"), (0, "")], ids=str
)
def test_so_many_gpus_are_taken_as_were_asked_for_in_all(count: int | None, taken: str):
    roster = Roster(GpuChoice(count), 1)
    roster.add(node("one", 2), facts("ab"))
    roster.add(node("two", 2), facts("cd"))
    roster.add(node("three", 1), facts("e"))

    assert [f"GPU-{letter}" for letter in taken] == [one.uuid for one in roster.usable]


def test_drivers_are_those_of_nodes_with_gpus_in_order():
    roster = Roster(GpuChoice(), 1)
    for number, version in enumerate(("580", "535", "570", "535", "560")):
        roster.add(node(f"n{number}", 1), facts("a", version))
    roster.add(node("none", 0, 1), facts("", "550"))

    assert "535, 560, 570, 580" == roster.driver


def test_only_nodes_with_room_that_lack_nothing_may_run_a_model():
    roster = Roster(GpuChoice(), 1)
    roster.add(node("head"), facts())
    roster.add(node("one", 0, 1), facts(m=TOKEN))
    roster.add(node("two", 0, 1), facts())

    assert {"m": "TOKEN is not set"} == roster["id of one"].refused
    assert ["two"] == [one.node.name for one in roster.that_may_run(["m"])]
    assert ["one", "two"] == [one.node.name for one in roster.that_may_run(["m", "n"])]


def test_a_model_is_unavailable_where_every_node_with_room_lacks_something():
    roster = Roster(GpuChoice(), 1)
    roster.add(node("head"), facts())
    roster.add(node("one", 0, 1), facts(m=TOKEN, n=TOKEN))
    roster.add(node("two", 1), facts("a", m=DRIVER))

    assert {"m": DRIVER} == roster.unavailable(["m", "n"])
