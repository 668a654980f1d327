"""What a node tells about itself, and makes ready. Called on the node."""

import queue
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vlmhb import __version__
from vlmhb.domain.answer import Outcome
from vlmhb.schedule import commands
from vlmhb.schedule.cluster.answers_file import kept_outcomes
from vlmhb.schedule.cluster.order import NodeOrder
from vlmhb.schedule.machine import Told
from vlmhb.schedule.supply.availability import Missing, unavailable_models
from vlmhb.schedule.supply.preparation import EnvDone, Preparation, Prepared, WeightsDone
from vlmhb.system.gpus import Gpu
from vlmhb.system.host import host_name


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """A node, as far as a run has to do with it."""

    vlmhb: str
    """Version."""
    host: str
    gpus: tuple[Gpu, ...]
    driver: str
    unavailable: Mapping[str, Missing]
    """The models that cannot run there."""
    kept: Mapping[str, Outcome]
    """By request: outcomes that an earlier start of the run left there."""
    problems: tuple[str, ...]
    """What is wrong with others."""


def describe(order: NodeOrder) -> Iterator[NodeFacts]:
    """This node."""
    here = order.here()
    gpus = here.supplies.gpus
    kept, problems = kept_outcomes(order.folder(here))
    try:
        yield NodeFacts(
            vlmhb=__version__,
            host=host_name(),
            gpus=gpus.usable,
            driver=gpus.driver,
            unavailable=unavailable_models(
                order.config.models, order.config.envspecs, here.supplies.offer
            ),
            kept=kept,
            problems=problems,
        )
    finally:
        gpus.close()


def prepare(order: NodeOrder, command: commands.BuildEnv | commands.FetchWeights) -> Iterator[Told]:
    """Make an env or weights ready on this node, and tell how far that is."""
    here = order.here()
    told: queue.SimpleQueue[Prepared] = queue.SimpleQueue()
    ready = Preparation(order.config_on(here), here.supplies, told.put)
    try:
        match command:
            case commands.BuildEnv(env):
                ready.build(env)
            case commands.FetchWeights(model):
                ready.fetch(model)
        while True:
            match told.get():
                case EnvDone() as done:
                    yield from ready.take_env(done, here.supplies.gpus.usable)
                    return
                case WeightsDone() as done:
                    yield from ready.take_weights(done)
                    return
                case step:
                    yield step
    finally:
        ready.close()
        here.supplies.gpus.close()
