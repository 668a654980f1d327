"""What a run takes from this machine."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from vlmhb.domain.model import ModelSpec
from vlmhb.schedule.gpus.desk import GpuRules
from vlmhb.schedule.gpus.use import Gpus
from vlmhb.schedule.supply.availability import Offer
from vlmhb.schedule.supply.envs import Envs
from vlmhb.schedule.supply.weights import WeightsSource
from vlmhb.schedule.telemetry.sampler import LOOK_S
from vlmhb.system.gpu_memory import NvmlGpus


@dataclass(frozen=True, slots=True)
class Supplies:
    """Envs, weights, secrets and GPUs for the workers."""

    envs: Envs
    weights: WeightsSource
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Name -> value of the host's variables that the models name, those that are set."""
    gpus: Gpus = field(default_factory=NvmlGpus)
    rules: GpuRules = field(default_factory=GpuRules)
    look_s: float = LOOK_S
    """How often workers are looked at for their figures."""
    here: Collection[str] = ()
    """Models whose env and weights are on this machine already."""

    @property
    def offer(self) -> Offer:
        """What models may need and this machine has or has not."""
        return Offer(self.gpus.usable, self.gpus.driver, self.secrets, self.envs.offline)


def in_turn(models: Iterable[ModelSpec], here: Collection[str] = ()) -> list[ModelSpec]:
    """The order to make them ready in, so that GPUs have something to do as early as may be.

    What is here comes first, then the smaller: nobody knows how large weights are before the hub is
    asked, but what memory they need says about that.
    """
    return sorted(
        models, key=lambda model: (model.name not in here, model.min_gpu_memory_gib * model.gpus)
    )
