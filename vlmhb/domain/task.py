"""What is asked of a model: a dataset, a prompt, the metrics and the generation settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from vlmhb.domain.digest import Json
from vlmhb.domain.prompt import PromptSet


class AnswerKind(str, Enum):
    """What a model's answer holds, which decides the metrics that make sense for it."""

    PAGE_TEXT = "page_text"
    """The text of the whole page, whatever was asked: OCR engines. They take no prompt."""
    REPLY = "reply"
    """A reply to the prompt: vision-language models."""


@dataclass(frozen=True, slots=True)
class Generation:
    """How a model writes its answer. Engines that generate nothing ignore it."""

    max_new_tokens: int = 512
    temperature: float = 0.0
    """0 is greedy decoding."""
    top_p: float = 1.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    min_pixels: int | None = None
    """Per page, for models that scale pages themselves; None leaves the model's own."""
    max_pixels: int | None = None
    may_shrink: bool = False
    """Whether a page may be shown smaller than asked when memory runs out. Such answers are marked
    as degraded."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that a dataset is fetched from, as the task file describes it."""

    url: str
    """`https://...`, or `hub:Org/Name@revision/path` for a file of a dataset repo of the hub."""
    path: str
    """Where it goes, relative to the dataset root."""
    sha256: str = ""
    md5: str = ""
    """For files that their publishers describe in no better way."""
    unpack: bool = False
    """Whether it is a zip or tar archive whose members go beside it."""
    size_bytes: int = 0
    """0 when nobody told."""


@dataclass(frozen=True, slots=True)
class DatasetRef:
    """Where a task's samples come from."""

    name: str
    format: str
    """A name in `vlmhb.datasets.catalog`."""
    root: str
    """Absolute path of the folder; nothing outside it is read."""
    annotation: str
    """The annotation file, relative to `root`."""
    licence: str
    split: str = ""
    """Rows of other splits are left out; empty takes all."""
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Key of a sample -> the values it may have; rows that have others are left out."""
    options: Mapping[str, Json] = field(default_factory=dict)
    """What only this format knows, checked by the format."""
    source: tuple[SourceFile, ...] = ()
    """What is fetched into `root` when it is not there; empty for data that is at hand."""


@dataclass(frozen=True, slots=True)
class Task:
    """One dataset asked in one way and scored in one way."""

    name: str
    version: str
    description: str
    dataset: DatasetRef
    prompts: PromptSet
    """For models that take prompts and have no set of their own for this task."""
    metrics: Mapping[AnswerKind, tuple[str, ...]]
    """Names in `vlmhb.metrics.catalog`, by the kind of answer they can judge; the first of each
    kind is the one the leaderboard sorts by."""
    generation: Generation = Generation()
    group_by: tuple[tuple[str, ...], ...] = ()
    """Further groupings, each by some of `doc_class`, `question_type`, `language` and the keys of
    the samples' metadata."""
    macro_by: tuple[tuple[str, ...], ...] = ()
    """Groupings whose groups count alike in one more figure: their unweighted mean."""
    repeat_by: tuple[str, ...] = ()
    """Keys of the metadata of which a sample counts once for each of its values, in every grouping
    that is not by that key."""
    scale: float = 1.0
    """What the reference multiplies its figures by before it prints them, e.g. 100."""
    reference: str = ""
    """Address of what prompt and scoring agree with."""
