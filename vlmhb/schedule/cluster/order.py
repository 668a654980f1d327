"""What each node of a cluster is told about a run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from vlmhb.domain.loaded_weights import LoadedWeights
from vlmhb.domain.model import WeightsRef
from vlmhb.domain.run import RunConfig
from vlmhb.schedule.cluster.sent_specs import SentSpec
from vlmhb.schedule.supply.supplies import Supplies


@dataclass(frozen=True, slots=True)
class Here:
    """What a node has for a run."""

    supplies: Supplies
    """With the secrets of the node's own environment."""
    folder: Path
    """Where it keeps what it has to do with runs."""


@dataclass(frozen=True, slots=True)
class NodeOrder:
    """All that a node has to know, which is no secret."""

    config: RunConfig
    """Without tasks: nodes are sent requests. Its envspecs are where they are on the driver."""
    specs: Mapping[str, SentSpec]
    """The same envspecs, by name, as nodes get them."""
    run: str
    """Tells the run folder from every other, wherever it lies."""
    segment: int
    """Which start of the run this is."""
    look_around: Callable[["NodeOrder"], Here]
    """A function of a module that nodes have, too; it is called there."""
    offline: bool = False
    began: Mapping[WeightsRef, LoadedWeights] = field(default_factory=dict)
    """What the weights were that the run has been loaded from."""

    def here(self) -> Here:
        """What the node has on which this is called."""
        return self.look_around(self)

    def of_model(self, name: str) -> "NodeOrder":
        """The same about one model."""
        models = tuple(model for model in self.config.models if model.name == name)
        envs = {model.env for model in models}
        specs = {name: sent for name, sent in self.specs.items() if name in envs}
        own = {name: sent.spec for name, sent in specs.items()}
        return replace(self, config=replace(self.config, models=models, envspecs=own), specs=specs)

    def config_on(self, here: Here) -> RunConfig:
        """With envspecs where they are on the node."""
        below = here.folder / "envspecs"
        placed = {name: sent.placed(below) for name, sent in self.specs.items()}
        return replace(self.config, envspecs=placed)

    def folder(self, here: Here) -> Path:
        """Where a node keeps what belongs to this run."""
        return here.folder / "runs" / self.run


def order_of(
    config: RunConfig,
    run: str,
    segment: int,
    look_around: Callable[[NodeOrder], Here],
    *,
    offline: bool,
    began: Mapping[WeightsRef, LoadedWeights],
) -> NodeOrder:
    """What nodes are told of the run with this `config`."""
    lean = replace(config, tasks=(), vhb_rows=(), notes=())
    specs = {name: SentSpec.of(spec) for name, spec in config.envspecs.items()}
    return NodeOrder(lean, specs, run, segment, look_around, offline, dict(began))
