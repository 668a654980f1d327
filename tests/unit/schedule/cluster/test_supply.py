"""Who makes envs ready, who is believed, and what nodes that are lost had to do with it."""

from dataclasses import replace

from tests.build import env, envspec, model
from tests.clusters import ScriptedCluster, an_order, config_of
from tests.fakes import gpu
from vlmhb import __version__
from vlmhb.domain.gpu_choice import GpuChoice
from vlmhb.domain.loaded_weights import LoadedWeights
from vlmhb.domain.model import WeightsRef
from vlmhb.schedule import commands, events, progress
from vlmhb.schedule.cluster.node import NodeFacts
from vlmhb.schedule.cluster.nodes import Node
from vlmhb.schedule.cluster.roster import Roster
from vlmhb.schedule.cluster.supply import ClusterSupply, SupplyEnded, SupplyTold, Wish
from vlmhb.schedule.machine import Told
from vlmhb.schedule.slots import NO_GPU
from vlmhb.schedule.supply.availability import Missing

BUILD = commands.BuildEnv("toy")
FETCH = commands.FetchWeights("m")
REF = WeightsRef("Org/Model")
WEIGHTS = LoadedWeights("Org/Model", "c" * 40, "d" * 64)


class Driver:
    """What the driver knows of one env, or of one model's weights, on some nodes."""

    def __init__(self, *names: str, wish: Wish = BUILD, began: LoadedWeights | None = None) -> None:
        self.wish = wish
        self.cluster = ScriptedCluster()
        self.told: list[SupplyTold | SupplyEnded] = []
        self.roster = Roster(GpuChoice(), 1)
        for name in names:
            self.add(name)
        models = model("m", weights=REF), model("n", env="plain")
        envspecs = {"toy": envspec(), "plain": envspec("plain")}
        order = an_order(config_of(*models, envspecs=envspecs))
        if began is not None:
            order = replace(order, began={REF: began})
        self.supply = ClusterSupply(order, self.cluster, self.roster, self.told.append)

    def add(self, name: str, cpus: int = 1, **lacks: Missing) -> None:
        facts = NodeFacts(__version__, name, (gpu(name),), "570", lacks, {}, ())
        self.roster.add(Node(name, name, 0, cpus), facts)

    def want(self) -> list[Told]:
        return list(self.supply.want(self.wish))

    def tell(self, node: str, *said: Told) -> list[Told]:
        return [one for what in said for one in self.supply.hear(SupplyTold(node, self.wish, what))]

    def end(self, node: str, problem: str = "") -> list[Told]:
        return list(self.supply.ended(SupplyEnded(node, self.wish, problem)))

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
    driver.add("two", 1)
    driver.add("three", 0)
    driver.add("four", 1, m=Missing("TOKEN is not set", "set it"))
    for name in ("two", "three", "four"):
        driver.supply.joined(driver.roster[name])

    assert ["one", "two"] == [one.node for one in driver.cluster.asked]


def test_another_node_speaks_when_the_one_that_did_is_lost_and_none_once_it_is_there():
    driver = Driver("one", "two")
    driver.want()
    said = progress.EnvStep("toy", "line")
    driver.tell("one", said)
    driver.lose("one")

    after = driver.tell("two", said)
    driver.add("three")
    driver.supply.joined(driver.roster["three"])
    driver.tell("three", progress.EnvBuilt(env()))

    assert [said] == after
    assert [] == driver.tell("two", said)


def test_it_has_failed_at_once_where_no_node_may_have_it():
    assert [events.EnvFailed("toy", "no node of the cluster is left for it")] == Driver().want()


def test_a_node_that_cannot_have_it_runs_none_of_its_models_for_the_first_reason_there_was():
    driver = Driver("one")
    driver.want()

    told = driver.tell("one", events.EnvFailed("toy", "no wheel"))
    ended = driver.end("one")
    driver.tell("one", events.EnvFailed("toy", "no room"))

    assert [] == told  # it is said with the end of its models
    assert [events.EnvFailed("toy", "one: no wheel")] == ended
    assert {"m": "one: no wheel"} == driver.roster["one"].refused


def test_the_first_weights_are_those_that_all_workers_load():
    driver = Driver("one", "two", wish=FETCH)
    driver.want()
    fetched = progress.WeightsFetched("m", WEIGHTS)

    first = driver.tell("one", fetched)
    second = driver.tell("two", progress.WeightsFetched("m", replace(WEIGHTS, commit="e" * 40)))

    assert [fetched, events.WeightsReady("m")] == first
    assert [] == second
    assert {REF: WEIGHTS} == driver.supply.began


def test_weights_that_the_run_began_with_are_those_of_later_starts():
    driver = Driver("one", wish=FETCH, began=WEIGHTS)
    driver.want()

    driver.tell("one", progress.WeightsFetched("m", replace(WEIGHTS, commit="e" * 40)))

    assert {REF: WEIGHTS} == driver.supply.began


def test_weights_that_no_node_can_have_are_told_as_such():
    driver = Driver("one", wish=FETCH)
    driver.want()
    driver.tell("one", events.WeightsFailed("m", "404"))

    assert [events.WeightsFailed("m", "one: 404")] == driver.end("one")
