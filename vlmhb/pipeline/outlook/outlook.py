"""The outlook: all that is known of a run before its first answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vlmhb.domain.needs import Amount, EnvNeed, Obstacle, WeightsNeed
from vlmhb.pipeline.outlook.sandboxes import SandboxAhead
from vlmhb.plan.estimates import DiskOutlook, Duration, GpuNeed
from vlmhb.schedule.forecast import Forecast
from vlmhb.system.gpu_memory import GpuMemory
from vlmhb.system.gpus import Gpu


@dataclass(frozen=True, slots=True)
class GpuNow:
    """A GPU as it is at this moment."""

    gpu: Gpu
    memory: GpuMemory | None
    """None when it does not tell."""


@dataclass(frozen=True, slots=True)
class DataNeed:
    """A dataset that is not here."""

    task: str
    files: int
    size: Amount
    folder: Path


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a run takes, of whom, for how long, and what keeps it from working."""

    envs: tuple[EnvNeed, ...]
    weights: tuple[WeightsNeed, ...]
    data: tuple[DataNeed, ...]
    disks: tuple[DiskOutlook, ...]
    gpus: tuple[GpuNow, ...]
    gpu_needs: tuple[GpuNeed, ...]
    durations: tuple[Duration, ...]
    forecast: Forecast | None
    """None when the data is not here to tell what is left."""
    obstacles: Mapping[str, Obstacle]
    """By model: why it certainly cannot be evaluated here."""
    asked: tuple[str, ...]
    """The models with something left to ask."""
    general: tuple[Obstacle, ...] = field(default=())
    """What keeps the run as a whole from working, disks apart."""
    sandboxes: tuple[SandboxAhead, ...] = ()

    @property
    def full(self) -> tuple[Obstacle, ...]:
        """The disks that do not suffice."""
        return tuple(disk.obstacle for disk in self.disks if disk.obstacle)

    @property
    def can_run(self) -> bool:
        """Whether anything is known that lets all of it fail."""
        works = not self.asked or any(model not in self.obstacles for model in self.asked)
        return works and not self.full and not self.general
