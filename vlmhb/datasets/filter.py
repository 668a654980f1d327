"""The samples of a run that has filters."""

import json
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches

from vlmhb.domain.digest import Json
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.sample import Sample
from vlmhb.errors import UsageError

KEYS = ("doc_class", "question_type", "language")
"""What every sample has; any other key is one of its metadata."""
MAX_LISTED = 12

Filters = Mapping[str, tuple[str, ...]]


def apply_filters(samples: Sequence[Sample], filters: Filters) -> tuple[Sample, ...]:
    """The samples that have one of the values for every key, in their old order."""
    return tuple(
        sample
        for sample in samples
        if all(not values_of(sample, key).isdisjoint(filters[key]) for key in filters)
    )


def values_of(sample: Sample, key: str) -> set[str]:
    """What `sample` has under `key`; several values where the dataset has a list of them."""
    if key in KEYS:
        return {str(getattr(sample, key))}
    if key not in sample.metadata:
        return set()
    value = sample.metadata[key]
    return set(map(_text, value)) if isinstance(value, list | tuple) else {_text(value)}


def check_filters(tasks: Sequence[LoadedTask], filters: Filters) -> None:
    """Do nothing when every key and value is in some task, and every task has samples left.

    Raises:
        UsageError: telling what there is.
    """
    samples = [sample for loaded in tasks for sample in loaded.samples]
    keys = {*KEYS, *(key for sample in samples for key in sample.metadata)}
    for key, wanted in filters.items():
        if key not in keys:
            raise _unknown("key", key, keys, "filter")
        known = set().union(*(values_of(sample, key) for sample in samples))
        for value in wanted:
            if value not in known:
                raise _unknown("value", value, known, f"filter {key}")
    for loaded in tasks:
        if loaded.samples and not apply_filters(loaded.samples, filters):
            raise UsageError(
                f"cannot filter task {loaded.task.name}",
                "no sample has all of: "
                + ", ".join(f"{key}={'|'.join(values)}" for key, values in filters.items()),
                next_step="filter by something else, or name the other tasks with --tasks",
            )


def _unknown(what: str, got: str, known: Collection[str], where: str) -> UsageError:
    near = get_close_matches(got, known, n=1)
    listed = ", ".join(map(repr, sorted(known)[:MAX_LISTED]))
    more = ", ..." if len(known) > MAX_LISTED else ""
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return UsageError(
        f"cannot apply {where}", f"the {what} {got!r}", expected=f"one of: {listed}{more}{hint}"
    )


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
