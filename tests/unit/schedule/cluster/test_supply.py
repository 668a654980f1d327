"""Who makes envs ready, who is believed, and what nodes that are lost had to do with it."""

from tests.build import env, model
from tests.clusters import ScriptedCluster, an_order, config_of
from tests.fakes import gpu
from vlmhb import __version__
from vlmhb.domain.gpu_choice import GpuChoice
from vlmhb.schedule import commands, events, progress
from vlmhb.schedule.cluster.node import NodeFacts
from vlmhb.schedule.cluster.nodes import Node
from vlmhb.schedule.cluster.roster import Roster
from vlmhb.schedule.cluster.supply import ClusterSupply, SupplyEnded, SupplyTold
from vlmhb.schedule.machine import Told
from vlmhb.schedule.slots import NO_GPU

BUILD = commands.BuildEnv("toy")


class Driver:
    """What the driver knows of one env on some nodes."""

    def __init__(self, *names: str) -> None:
        self.cluster = ScriptedCluster()
        self.told: list[SupplyTold | SupplyEnded] = []
        self.roster = Roster(GpuChoice(), 1)
        for name in names:
            self.add(name)
        order = an_order(config_of(model("m")))
        self.supply = ClusterSupply(order, self.cluster, self.roster, self.told.append)

    def add(self, name: str, cpus: int = 1) -> None:
        facts = NodeFacts(__version__, name, (gpu(name),), "570", {}, {}, ())
        self.roster.add(Node(name, name, 0, cpus), facts)

    def want(self) -> list[Told]:
        return list(self.supply.want(BUILD))

    def tell(self, node: str, *said: Told) -> list[Told]:
        return [one for what in said for one in self.supply.hear(SupplyTold(node, BUILD, what))]

    def end(self, node: str, problem: str = "") -> list[Told]:
        return list(self.supply.ended(SupplyEnded(node, BUILD, problem)))

    def lose(self, node: str) -> list[Told]:
        self.roster.drop(node)
        return list(self.supply.lost(node))


def test_the_first_node_that_has_it_decides():
    driver = Driver("one", "two")
    driver.want()

    first = driver.tell("one", progress.EnvBuilt(env()))
    second = driver.tell("two", progress.EnvBuilt(env()))

    assert ["one", "two"] == [one.node for one in driver.cluster.asked]
    assert [progress.EnvBuilt(env()), events.EnvReady("toy", {"m": NO_GPU})] == first
    assert [] == second


def test_one_node_speaks_for_all_and_another_one_once_it_cannot():
    driver = Driver("one", "two")
    driver.want()
    said = progress.EnvStep("toy", "line")

    told = [driver.tell("one", said), driver.tell("two", said)]
    driver.tell("one", events.EnvFailed("toy", "no wheel"))
    after = driver.tell("two", said)

    assert [[said], []] == told
    assert [said] == after


def test_it_has_failed_once_nobody_is_at_it_any_more():
    driver = Driver("one", "two")
    driver.want()

    here = driver.tell("one", events.EnvFailed("toy", "no wheel")) + driver.end("one")
    lost = driver.lose("two")

    assert [progress.Noted("m: not on one: no wheel")] == here
    assert [events.EnvFailed("toy", "one: no wheel")] == lost
    assert [] == driver.end("two", "the node is gone")


def test_it_has_not_failed_when_the_node_that_had_it_is_lost():
    driver = Driver("one", "two")
    driver.want()
    driver.tell("one", progress.EnvBuilt(env()))
    driver.end("one")

    assert [] == driver.lose("one")
    assert [progress.Noted("m: not on two: gone")] == driver.end("two", "gone")


def test_a_node_that_comes_makes_it_ready_too_if_it_has_room():
    driver = Driver("one")
    driver.want()
    for name, cpus in (("two", 1), ("three", 0)):
        driver.add(name, cpus)
        driver.supply.joined(driver.roster[name])

    assert ["one", "two"] == [one.node for one in driver.cluster.asked]
