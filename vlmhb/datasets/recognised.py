"""What a dataset turned out to be when somebody looked at its files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from vlmhb.domain.digest import Json

LOOKED_AT = 50
"""Rows whose targets say what is asked."""


class Asks(str, Enum):
    """What a dataset wants to know of its pages."""

    TEXT = "all the text of each page"
    FIELDS = "fields, as JSON"
    QUESTIONS = "questions with short answers"
    CHOICES = "questions with choices"
    YES_NO = "questions to answer with yes or no"
    CLASSES = "the class of each page"
    ORDER = "the order of pages"


@dataclass(frozen=True, slots=True)
class Recognised:
    """A dataset as a task file names it."""

    root: Path
    format: str
    annotation: str
    asks: tuple[Asks, ...]
    """A task each."""
    has_question: bool = True
    has_targets: bool = True
    options: Mapping[str, Json] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    """Files of the same kind that are not in it."""


def asked(targets: Sequence[object], *, has_question: bool, has_choices: bool) -> Asks:
    """What questions want to know, by the targets of the first of them."""
    texts = [str(target).strip().lower() for target in targets]
    if has_choices:
        return Asks.CHOICES
    if texts and all(isinstance(target, Mapping) or _is_object(target) for target in targets):
        return Asks.FIELDS
    if not has_question:
        return Asks.TEXT
    return Asks.YES_NO if texts and set(texts) <= {"yes", "no"} else Asks.QUESTIONS


def _is_object(target: object) -> bool:
    return isinstance(target, str) and target.lstrip().startswith("{") and target.endswith("}")
