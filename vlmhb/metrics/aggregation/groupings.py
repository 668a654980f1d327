"""The ways in which the samples of a task are divided into groups."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from math import prod
from typing import TypeAlias

from vlmhb.domain.digest import Json, canonical_json
from vlmhb.domain.sample import Sample
from vlmhb.domain.task import Task

Keys: TypeAlias = tuple[str, ...]
"""What samples are divided by."""
Group: TypeAlias = tuple[str, ...]
"""A value for each key."""

FIELDS = ("doc_class", "question_type", "language")
"""Keys that every sample has; all others are keys of its metadata."""
STANDARD: Mapping[str, Keys] = {
    "general": (),
    "by_doc_type": ("doc_class",),
    "by_doc_question": ("doc_class", "question_type"),
    "by_language": ("language",),
}
"""Of every task."""


def groupings_of(task: Task) -> dict[str, Keys]:
    """Names and keys of the task's groupings: the standard ones, then its own in their order."""
    own = {f"by_{'+'.join(keys)}": keys for keys in task.group_by}
    return {**STANDARD, **own}


def macro_groupings_of(task: Task) -> dict[str, Keys]:
    """Names and keys of the groupings whose groups count alike in one figure."""
    return {f"macro_by_{'+'.join(keys)}": keys for keys in task.macro_by}


def members_of(
    samples: Sequence[Sample], keys: Keys, repeat_by: Keys = ()
) -> dict[Group, list[int]]:
    """The places of each group's samples, groups sorted; empty when no sample has any value.

    A sample whose metadata has a list for a key is in a group for each of its items; one that
    lacks a key has the value "". The place of a sample is repeated for each of its items of the
    keys in `repeat_by` that do not divide it anyway.
    """
    repeated = [key for key in repeat_by if key not in keys]
    members: dict[Group, list[int]] = {}
    for place, sample in enumerate(samples):
        times = prod(len(tuple(values_of(sample, key))) for key in repeated)
        for group in product(*(values_of(sample, key) for key in keys)):
            members.setdefault(group, []).extend([place] * times)
    if keys and not any(map(any, members)):
        return {}
    return {group: members[group] for group in sorted(members)}


def values_of(sample: Sample, key: str) -> Iterable[str]:
    """Each once, at least one."""
    if key in FIELDS:
        return (getattr(sample, key),)
    value = sample.metadata.get(key)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return dict.fromkeys(map(_text, value)) or ("",)
    return (_text(value),)


def _text(value: Json) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else canonical_json(value)
