"""run.json: what was asked, with what, and on which machines."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from pydantic import TypeAdapter, ValidationError

from vlmhb.domain.envspec import Env
from vlmhb.domain.gpu_figures import GpuFigures
from vlmhb.domain.loaded_weights import LoadedWeights
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.sandbox import Sandbox
from vlmhb.domain.shard import ShardOfRun
from vlmhb.errors import UsageError
from vlmhb.store.records import problem_of
from vlmhb.store.run_dir import way_out
from vlmhb.system.files import write_atomic

SCHEMA_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class WorkerStart:
    """One start of a worker: what it loaded and what that took."""

    model: str
    env: str
    """Fingerprint of its env: a key of the run's `envs`."""
    load_s: float
    window: int
    gpu_memory_bytes: int | None
    facts: Mapping[str, str]
    """As the backend reports them: library versions, device, dtype, weights."""
    gpu: GpuFigures | None = None
    """None for a worker without a GPU."""
    more_gpus: tuple[GpuFigures, ...] = ()
    """The others, of a model that is split over several."""
    weights: LoadedWeights | None = None
    """None for a model that brings its own."""
    worker: str = ""
    """Its name: the model's, with `#2`, `#3` behind it for those beside the first. A successor has
    that of the worker it follows."""
    sandbox: Sandbox | None = None
    """What was in force around it; None in runs from before there was a choice: level 0."""
    host: str = ""
    """The node of a cluster that it ran on; empty for the machine of its segment."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One start of the run, on one machine; its workers may be on others."""

    started_at: str
    host: str
    pid: int
    cpu: str
    cores: int
    memory_gib: float
    gpus: tuple[str, ...]
    driver: str
    python: str
    vlmhb: str
    """Version."""
    source_commit: str
    """Of the checkout that vlmhb ran from, `-dirty` when it was changed; empty for a wheel."""
    sandbox_level: int
    """The lowest of its workers'; 0: model code is given no secret, and is not held back from
    anything the user may do."""
    finished_at: str | None = None
    answers: int = 0
    """Outcomes this segment added."""
    envs_ready_s: float = 0.0
    """From the start until the last env was built or found; models answer meanwhile."""
    workers: tuple[WorkerStart, ...] = ()
    weights_changed: Mapping[str, str] = field(default_factory=dict)
    """Model -> which files of its weights changed while its worker ran, and what that means."""
    folder_notes: tuple[str, ...] = ()
    """What this start found out about the run folder: what its file system lacks, what was torn."""


@dataclass(frozen=True, slots=True)
class JournalMark:
    """The journal as a start of the run left it or found it."""

    size_bytes: int
    sha256: str
    """Over so many of its first bytes."""
    is_end: bool = False
    """Nothing was written behind them: the start ended in order."""


@dataclass(frozen=True, slots=True)
class MergedPart:
    """A run whose answers were merged into this one."""

    folder: str
    """What its folder was called, with as many of the folders above as tell it from others."""
    run: str
    """Its name."""
    short_id: str
    """8 hex digits for everything that may change an answer, as in the names of run folders."""
    source: str
    """Its run file, as the user named it."""
    models: tuple[str, ...]
    tasks: tuple[str, ...]
    samples: int
    """Of all its tasks."""
    answered: int
    """Requests; several samples may share one."""
    failed: int
    segments: tuple[int, ...]
    """Its starts: places in this run's `segments`."""
    shard: ShardOfRun | None = None
    """Which part of the samples it asked about; None for all of them."""
    modified: str = ""
    """What somebody else had done to its journal by then; empty for nothing."""


@dataclass(frozen=True, slots=True)
class RunManifest:
    """Everything about a run except its answers."""

    name: str
    vlmhb: str
    models: tuple[ModelSpec, ...]
    datasets: Mapping[str, str]
    """Task -> sha256 over its dataset's rows and pages; the samples are in inputs.json."""
    fingerprint: Mapping[str, str]
    """Answer-affecting field -> digest; a run is continued only when all of them agree."""
    source: str
    """The run file, as the user named it."""
    seed: int
    unavailable: Mapping[str, str] = field(default_factory=dict)
    """Model -> why it could not be evaluated, at the last start."""
    segments: tuple[Segment, ...] = ()
    """In the order they started; answers name theirs by its place here, counted from 0."""
    envs: Mapping[str, Env] = field(default_factory=dict)
    """By fingerprint: every env that was ready for this run."""
    price_per_hour: float | None = None
    """What one worker with its GPU costs, in any currency; None when nobody said."""
    parts: tuple[MergedPart, ...] = ()
    """The runs it was merged of; empty for any other."""
    shard: ShardOfRun | None = None
    """Which part of the samples it asks about; None for all of them."""
    journal: JournalMark | None = field(default=None, compare=False)
    """By which a journal that somebody changed is known."""
    id: str = field(default="", compare=False)
    """Random: tells this run from every other, also those that ask the same. Empty where it never
    ran."""
    schema_version: Literal[1] = SCHEMA_VERSION

    def starts(self, model: str, segment: int) -> tuple[WorkerStart, ...]:
        """The workers that loaded `model` in the segment; none in one that is not recorded."""
        there = self.segments[segment : segment + 1]
        return tuple(start for one in there for start in one.workers if start.model == model)

    @property
    def synced_bytes(self) -> int:
        """So much of the journal's beginning is known to have been whole."""
        return self.journal.size_bytes if self.journal else 0

    def weights_of(self, model: str) -> LoadedWeights | None:
        """What `model` was loaded from at first; None as long as it was not, or for one without."""
        starts = (start for one in self.segments for start in one.workers)
        return next((start.weights for start in starts if start.model == model), None)


MANIFEST: TypeAdapter[RunManifest] = TypeAdapter(RunManifest)


def write_manifest(path: Path, manifest: RunManifest) -> None:
    """Replace run.json, durably."""
    content = MANIFEST.dump_json(manifest, indent=2) + b"\n"
    write_atomic(path, content, instead=way_out(path.parent))


def read_manifest(path: Path) -> RunManifest:
    """What run.json says.

    Raises:
        UsageError: it cannot be read, or another version of vlmhb wrote it.
    """
    try:
        return MANIFEST.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise UsageError(
            f"cannot read {path}",
            problem_of(error),
            expected=f"a run.json with schema_version {SCHEMA_VERSION}",
            next_step="start a new run with --new, or use the vlmhb version that wrote this one",
        ) from error
