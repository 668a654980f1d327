"""What one invocation is asked to do, and the plan that follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vlmhb.domain.envspec import EnvSpec
from vlmhb.domain.error_limit import NO_LIMIT, ErrorLimit
from vlmhb.domain.gpu_choice import ALL_GPUS, GpuChoice
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.sample import Page, Sample
from vlmhb.domain.sandbox import AUTO, SandboxChoice
from vlmhb.domain.shard import Shard
from vlmhb.domain.task import AnswerKind, Generation, Task
from vlmhb.domain.vhb_row import VhbRow

PREFETCH = 3
"""Models whose weights are fetched ahead, unless somebody says otherwise: one that is ready when a
GPU gets free, and one that keeps the line busy meanwhile."""


@dataclass(frozen=True, slots=True)
class RunConfig:
    """A run file with every name in it resolved."""

    name: str
    source: str
    """The run file, as the user named it."""
    models: tuple[ModelSpec, ...]
    tasks: tuple[Task, ...]
    envspecs: Mapping[str, EnvSpec]
    """The ones the models name."""
    max_workers: int | None
    """At the same time; None for one per GPU and one for models that need none."""
    limit: int | None
    """Samples per task, by whole groups and documents; None takes all."""
    seed: int
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Key of a sample -> the values it may have. What a sample must fulfil: every one."""
    vhb_rows: tuple[VhbRow, ...] = ()
    """The evaluations as VLMHyperBench's user_config.csv lists them; empty for any other run."""
    notes: tuple[str, ...] = ()
    """What to know of the files it was made of: which were taken, what has no effect."""
    price_per_hour: float | None = None
    """What one worker with its GPU costs, in any currency; None when nobody said."""
    max_errors: ErrorLimit = NO_LIMIT
    """How many requests of a model may fail before the rest of them is not asked."""
    sandbox: SandboxChoice = AUTO
    shard: Shard | None = None
    """Which part of the samples is asked about, of those that filters and limit leave; None asks
    about all of them."""
    gpus: GpuChoice = ALL_GPUS
    prefetch: int = PREFETCH
    """Models whose weights may be fetched before a GPU, or room for a worker, waits for them."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many samples of a task's dataset are not asked about, and why."""

    tuned: int = 0
    """A prompt set in use was tuned on them."""
    tuned_sets: tuple[str, ...] = ()
    """Those sets, `name@version`."""
    filtered: int = 0
    """They did not fulfil the dataset's `where` or the run's filters."""
    limited: int = 0
    """The run's limit left them out."""
    imageless: int = 0
    """They show no image, and the dataset's options drop such rows."""
    other_shards: int = 0
    """Other shards of the run ask about them."""
    notes: tuple[str, ...] = ()
    """What else to know: a limit that could not be kept, rows that were to be left out and are not
    there."""


@dataclass(frozen=True, slots=True)
class LoadedTask:
    """A task with its samples read."""

    task: Task
    samples: tuple[Sample, ...]
    dataset_sha256: str
    """Over the annotation rows and the digest of every page, in order."""
    left_out: LeftOut = LeftOut()
    places: tuple[int, ...] = ()
    """Where each sample stands in the whole dataset, counted from 0; empty where nothing is left
    out, and in runs from before this was written down."""


@dataclass(frozen=True, slots=True)
class Request:
    """One inference: a model, a prompt and some pages. Several samples may share its answer."""

    id: str
    """32 hex digits over everything that may change the answer."""
    model: str
    prompt: str
    """Empty for models that take none."""
    system_prompt: str
    root: str
    """Absolute path that the pages' paths start from."""
    pages: tuple[Page, ...]
    generation: Generation
    prompt_source: str = ""
    """The rule that gave the prompt, as `Prompt.source`; of the first sample that needs it. Not
    part of the id."""
    page_marks: bool = False
    """Whether `<image N>` in the prompt says where the N-th page stands."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One model on one task."""

    model: str
    task: str
    answers: AnswerKind
    requests: tuple[tuple[str, str], ...]
    """(sample id, request id) in the task's order."""

    @property
    def id(self) -> str:
        """`model/task`."""
        return f"{self.model}/{self.task}"


@dataclass(frozen=True, slots=True)
class RunPlan:
    """Every inference of a run, each named once."""

    evaluations: tuple[Evaluation, ...]
    requests: Mapping[str, tuple[Request, ...]]
    """By model name, in the order they are sent."""
