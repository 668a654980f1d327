"""The texts a model is asked with, and which of them a sample gets."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PromptText:
    """What one rule of a prompt set says; None leaves the word to the next rule."""

    prompt: str | None = None
    system_prompt: str | None = None


@dataclass(frozen=True, slots=True)
class TunedOn:
    """The rows that a prompt set was made to do well on; they are never scored with it."""

    split: str = ""
    """All rows of this split of the task's dataset."""
    samples: tuple[str, ...] = ()
    """Rows by sample id."""


@dataclass(frozen=True, slots=True)
class PromptSet:
    """Prompts for a task.

    For each of the two texts the first rule that has one wins: fixed, field, class, default.
    """

    name: str
    """Of its file, or of the task that holds it."""
    version: str
    default: PromptText
    classes: Mapping[str, PromptText] = field(default_factory=dict)
    """By doc_class."""
    fields: Mapping[str, PromptText] = field(default_factory=dict)
    """By `doc_class question_type`, joined by one space, as VLMHyperBench's collections do."""
    fixed: PromptText = PromptText()
    """For every sample, whatever else is there."""
    is_template: bool = True
    """Whether texts are Jinja2 templates; VLMHyperBench's collections are sent as they are."""
    tuned_on: TunedOn = TunedOn()


@dataclass(frozen=True, slots=True)
class Prompt:
    """What one sample is asked with."""

    prompt: str
    system_prompt: str
    source: str
    """The set, its version and the rule that gave the prompt: `passports@2 field passport Имя`."""
