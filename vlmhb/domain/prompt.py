"""The texts a model is asked with, and which of them a sample gets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

EVERY_TASK = "*"
"""What stands for all tasks where a model's prompt sets are kept by task."""


@dataclass(frozen=True, slots=True)
class PromptText:
    """What one rule of a prompt set says; None leaves the word to the next rule."""

    prompt: str | None = None
    system_prompt: str | None = None
    is_template: bool = True
    """Whether the texts are Jinja2 templates; what comes from VLMHyperBench's files is sent as it
    is."""


@dataclass(frozen=True, slots=True)
class TunedOn:
    """The rows that a prompt set was made to do well on; they are never scored with it."""

    split: str = ""
    """All rows of this split of the task's dataset."""
    samples: tuple[str, ...] = ()
    """Rows by sample id."""
    dataset: str = ""
    """Name of the dataset whose rows these are; empty for whatever the set is used on."""


@dataclass(frozen=True, slots=True)
class PromptSet:
    """Prompts for a task.

    For each of the two texts the first rule that has one wins: fixed, field, class, default.
    """

    name: str
    """Of its file, or of the task that holds it."""
    version: str
    default: PromptText = PromptText()
    classes: Mapping[str, PromptText] = field(default_factory=dict)
    """By doc_class."""
    fields: Mapping[str, PromptText] = field(default_factory=dict)
    """By `doc_class question_type`, joined by one space, as VLMHyperBench's collections do."""
    fixed: PromptText = PromptText()
    """For every sample, whatever else is there."""
    tuned_on: TunedOn = TunedOn()
    tuning_scores: Mapping[str, str] = field(default_factory=dict)
    """Key of a field -> the CER its prompt reached while it was tuned, as the collection says it.
    For readers only: it is never counted as a score."""
    page_marks: bool = False
    """Whether `<image N>` in its prompts says where the N-th page stands; else all stand first."""

    @property
    def id(self) -> str:
        """`name@version`."""
        return f"{self.name}@{self.version}"

    @property
    def has_prompts(self) -> bool:
        """Whether any rule says what to ask; a set may hold system prompts alone."""
        return any(text.prompt is not None for text in self.texts())

    @property
    def has_system_prompts(self) -> bool:
        """Whether any rule has one."""
        return any(text.system_prompt is not None for text in self.texts())

    def texts(self) -> Iterator[PromptText]:
        """What all rules say."""
        yield self.fixed
        yield from self.fields.values()
        yield from self.classes.values()
        yield self.default

    def rules(self, doc_class: str, question_type: str) -> Iterator[tuple[str, PromptText]]:
        """The rules for such a sample with their names, the one that wins first."""
        key = f"{doc_class} {question_type}"
        yield "fixed", self.fixed
        if key in self.fields:
            yield f"field {key}", self.fields[key]
        if doc_class in self.classes:
            yield f"class {doc_class}", self.classes[doc_class]
        yield "default", self.default


def one_prompt(name: str, version: str, prompt: str, system_prompt: str = "") -> PromptSet:
    """A set that asks every sample with the same template; no system prompt when that is empty."""
    return PromptSet(name, version, PromptText(prompt, system_prompt or None))


@dataclass(frozen=True, slots=True)
class Prompt:
    """What one sample is asked with."""

    prompt: str
    system_prompt: str
    source: str
    """The set, its version and the rule that gave the prompt: `passports@2 field passport Имя`; and
    the same of the system prompt where another rule gave that."""
    page_marks: bool = False
    """That of the set that gave the prompt."""
