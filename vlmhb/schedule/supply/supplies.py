"""What a run takes from this machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field

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

    @property
    def offer(self) -> Offer:
        """What models may need and this machine has or has not."""
        return Offer(self.gpus.usable, self.gpus.driver, self.secrets, self.envs.offline)
