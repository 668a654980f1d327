"""Keys that a task groups by and that no sample has: most of them are misspelt."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from vlmhb.domain.sample import Sample
from vlmhb.domain.task import Task
from vlmhb.metrics.aggregation.groupings import (
    FIELDS,
    STANDARD,
    Keys,
    groupings_of,
    macro_groupings_of,
    values_of,
)


@dataclass(frozen=True, slots=True)
class UnsaidKey:
    """A key under which no sample has a value."""

    where: str
    """The grouping it is part of, as in metrics.csv, or `repeat_by`."""
    key: str
    near: str = ""
    """A key that may be meant."""

    @property
    def text(self) -> str:
        """What is wrong, in words."""
        hint = f"; did you mean {self.near!r}?" if self.near else ""
        return f"no sample has a value for {self.key!r}{hint}"


def unsaid_keys(task: Task, samples: Sequence[Sample]) -> tuple[UnsaidKey, ...]:
    """Each such key of the task's own groupings, in their order; nothing without samples."""
    if not samples:
        return ()
    unsaid = [
        (where, key) for where, keys in _own(task) for key in keys if not _is_said(key, samples)
    ]
    known = sorted(_said(samples)) if unsaid else []
    return tuple(
        UnsaidKey(where, key, *get_close_matches(key, known, n=1)) for where, key in unsaid
    )


def _own(task: Task) -> Iterator[tuple[str, Keys]]:
    groupings = {**groupings_of(task), **macro_groupings_of(task)}
    yield from ((name, keys) for name, keys in groupings.items() if name not in STANDARD)
    if task.repeat_by:
        yield "repeat_by", task.repeat_by


def _is_said(key: str, samples: Sequence[Sample]) -> bool:
    """Whether some sample has a value for `key`."""
    return any(any(values_of(sample, key)) for sample in samples)


def _said(samples: Sequence[Sample]) -> set[str]:
    """The keys under which some sample has a value."""
    return {
        key
        for sample in samples
        for key in (*FIELDS, *sample.metadata)
        if any(values_of(sample, key))
    }
