"""GPUs: what models need of them, held against what is free now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from vlmhb.domain.envspec import EnvSpec
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.needs import Amount, WeightsNeed
from vlmhb.domain.past import Past
from vlmhb.domain.sizes import gib
from vlmhb.errors import UnusableError
from vlmhb.pipeline.outlook.outlook import GpuNow
from vlmhb.plan.estimates import GpuNeed, gpu_need
from vlmhb.schedule.gpus.desk import GpuRules
from vlmhb.schedule.gpus.placement import GIB, fits, large_enough, shortage, too_small
from vlmhb.schedule.gpus.use import Gpus
from vlmhb.system.gpu_lease import LeaseHolder, take_lease

NO_WEIGHTS = Amount(None, "it brings its own weights")


@dataclass(frozen=True, slots=True)
class GpuOutlook:
    """The GPUs of this machine, and what each model finds there."""

    gpus: Gpus
    rules: GpuRules

    def now(self) -> tuple[GpuNow, ...]:
        """How full they are."""
        return tuple(GpuNow(gpu, self.gpus.memory(gpu.uuid)) for gpu in self.gpus.usable)

    def needs(
        self,
        models: Sequence[ModelSpec],
        envspecs: Mapping[str, EnvSpec],
        weights: Mapping[str, WeightsNeed],
        past: Mapping[str, Past],
    ) -> tuple[GpuNeed, ...]:
        """Of the models that take a GPU, as far as that can be told before their env is built."""
        found = []
        for model in models:
            if not takes_gpu(model, envspecs[model.env]):
                continue
            told = weights.get(model.name)
            before = past.get(model.name)
            need = gpu_need(
                model.name,
                model.min_gpu_memory_gib,
                told.numbers if told else NO_WEIGHTS,
                before.peak_vram_bytes if before else None,
                before.run if before else "",
                model.gpus,
            )
            found.append(self._judged(need))
        return tuple(found)

    def _judged(self, need: GpuNeed) -> GpuNeed:
        """The same with what is in its way now."""
        if need.amount.size_bytes is None or not self.gpus.usable:
            return need
        needed_gib = need.amount.size_bytes / GIB
        fitting = large_enough(self.gpus.usable, needed_gib, need.count)
        if len(fitting) < need.count:
            asked_gib = needed_gib if need.is_asked else 0.0
            is_told = too_small(self.gpus.usable, asked_gib, need.count)  # as an obstacle
            return replace(need, warning="" if is_told else self._too_large(need))
        problems, waits, free = [], [], 0
        for gpu in fitting:
            memory = self.gpus.memory(gpu.uuid)
            if memory is None or fits(memory, needed_gib):
                free += 1
            elif holder := self._holder(gpu.uuid):
                waits.append(f"GPU {gpu.uuid} is used by {holder}: it waits")
            else:
                problems.append(shortage(gpu, memory, needed_gib, self.gpus.users(gpu.uuid)))
        if free >= need.count:
            return need
        if free + len(waits) >= need.count:
            return replace(need, warning="; ".join(waits))
        told = "; ".join(problems)
        return replace(need, problem=told) if need.is_asked else replace(need, warning=told)

    def _too_large(self, need: GpuNeed) -> str:
        largest = max(self.gpus.usable, key=lambda gpu: gpu.memory_gib)
        wanted = gib(need.amount.size_bytes or 0)
        return f"it may not fit: about {wanted}, and {largest.name} has {largest.memory_gib:g} GiB"

    def _holder(self, uuid: str) -> str:
        """The vlmhb run that has the GPU; empty when none has."""
        try:
            lease = take_lease(self.rules.leases, uuid)
        except UnusableError:
            return ""
        if isinstance(lease, LeaseHolder):
            return str(lease)
        lease.release()
        return ""


def takes_gpu(model: ModelSpec, spec: EnvSpec) -> bool:
    """Whether its worker gets a GPU, as far as its files tell."""
    asks = model.min_gpu_memory_gib > 0 or model.gpus > 1
    return spec.variant != "cpu" and (spec.needs_gpu or asks)
