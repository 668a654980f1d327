"""What a machine has for the models of a run: this one, or a node of a cluster."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from vlmhb.config import read_environ, read_secrets
from vlmhb.domain.loaded_weights import LoadedWeights
from vlmhb.domain.model import ModelSpec, WeightsRef
from vlmhb.env import EnvStore
from vlmhb.schedule import SameWeights, Supplies
from vlmhb.schedule.cluster.order import Here, NodeOrder
from vlmhb.schedule.gpus.use import Gpus
from vlmhb.system.gpu_memory import NvmlGpus
from vlmhb.weights import WeightsStore


def supplies_for(
    models: Sequence[ModelSpec],
    envs: Path,
    began: Mapping[WeightsRef, LoadedWeights],
    gpus: Gpus,
    *,
    offline: bool,
) -> Supplies:
    """What the models take from this machine; weights are those that the run began with."""
    return Supplies(
        envs=EnvStore(envs, offline=offline),
        weights=SameWeights(WeightsStore.standard(offline=offline), began),
        secrets=read_secrets(name for model in models for name in model.secrets),
        gpus=gpus,
    )


def look_around(order: NodeOrder) -> Here:
    """What this node has, by its own environment: envs, weights, secrets, and the GPUs it sees."""
    places = read_environ()
    supplies = supplies_for(
        order.config.models, places.envs, order.began, NvmlGpus(), offline=order.offline
    )
    return Here(supplies, places.nodes)
