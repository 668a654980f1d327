"""What the command line asks for."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vlmhb.config import Device, Documents, Overrides, as_filter
from vlmhb.datasets import DatasetCache
from vlmhb.domain.data_step import OnData, say_nothing
from vlmhb.domain.executor import ExecutorKind
from vlmhb.domain.typed import typed
from vlmhb.pipeline.disks import LOCAL_DISKS, Disks
from vlmhb.schedule.gpus.use import Gpus
from vlmhb.system.gpu_memory import NvmlGpus

FULL_DISK_WAIT_S = 600.0


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line asks for beyond the run file."""

    source: str | Documents
    """A run file's path or name, VLMHyperBench's user_config.csv, or a folder of documents."""
    overrides: Overrides
    envs: Path
    """Where built envs are kept."""
    datasets: Path
    """Where fetched datasets and the pages of PDFs are kept."""
    runs: Path
    """Where run folders are made when `out` is not given."""
    out: Path | None = None
    new: bool = False
    """Start another run even when one with the same questions exists."""
    offline: bool = False
    per_document_json: bool = False
    """Whether the report has a JSON file for each model and document."""
    embed_images: bool | None = None
    """Whether report.html brings the pictures of pages along; None leaves that as it was."""
    price_per_hour: float | None = None
    """What one worker with its GPU costs; None for what the run file says."""
    full_disk_wait_s: float = FULL_DISK_WAIT_S
    """How long answers wait in memory for room on a full disk, while models stay loaded."""
    on_data: OnData = say_nothing
    """Hears how far fetching and reading the datasets are."""
    disks: Disks = LOCAL_DISKS
    """What tells how much is free."""
    find_gpus: Callable[[], Gpus] = NvmlGpus
    """Looks for the GPUs that could be used."""
    executor: ExecutorKind = ExecutorKind.LOCAL
    """Where models run."""

    @property
    def cache(self) -> DatasetCache:
        """Where datasets are kept, and who hears of it."""
        return DatasetCache(self.datasets, self.offline, self.on_data)

    def resume_command(self, folder: Path) -> str:
        """What to type to go on with the run in `folder`."""
        source = self.source.words() if isinstance(self.source, Documents) else (self.source,)
        words = ["vlmhb", "run", *source, "--out", str(folder)]
        # The variables that the others come from are still there.
        return typed([*words, *_words_of(self.overrides.typed), *self._own_words()])

    def _own_words(self) -> list[str]:
        words = ["--per-document-json"] if self.per_document_json else []
        if self.embed_images is not None:
            words.append("--embed-images" if self.embed_images else "--no-embed-images")
        if self.price_per_hour is not None:
            words += ["--price-per-hour", str(self.price_per_hour)]
        if self.full_disk_wait_s != FULL_DISK_WAIT_S:
            words += ["--full-disk-wait", str(self.full_disk_wait_s)]
        if self.executor is not ExecutorKind.LOCAL:
            words += ["--executor", self.executor.value]
        return [*words, *(["--offline"] if self.offline else [])]


def _words_of(chosen: Overrides) -> list[str]:
    """As they are typed."""
    words: list[str] = []
    for name, values in (("models", chosen.models), ("tasks", chosen.tasks)):
        words += [f"--{name}", ",".join(values)] if values else []
    for name, number in (
        ("limit", chosen.limit),
        ("shard", chosen.shard),
        ("max-workers", chosen.max_workers),
        ("max-errors", chosen.max_errors),
    ):
        words += [f"--{name}", str(number)] if number else []
    words += ["--prefetch", str(chosen.prefetch)] if chosen.prefetch is not None else []
    words += ["--gpus", str(chosen.gpus)] if chosen.gpus is not None else []
    words += ["--sandbox", chosen.sandbox] if chosen.sandbox is not None else []
    if chosen.require_sandbox is not None:
        words += ["--require-sandbox", str(chosen.require_sandbox)]
    for key, wanted in (chosen.filters or {}).items():
        words += ["--filter", as_filter(key, wanted)]
    for setting in chosen.settings:
        words += ["--set", setting]
    if chosen.device is not Device.AUTO:
        words += ["--device", chosen.device.value]
    return words
