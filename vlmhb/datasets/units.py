"""Samples that a limit takes together or not at all."""

from collections import defaultdict
from collections.abc import Sequence
from typing import TypeAlias

from vlmhb.domain.sample import Sample

Unit: TypeAlias = tuple[int, ...]
"""Places of samples in their sequence, ascending."""


def units_of(samples: Sequence[Sample]) -> tuple[Unit, ...]:
    """The samples in units: who shares a group or a document with one of a unit is in it."""
    parents = list(range(len(samples)))
    first: dict[tuple[str, str], int] = {}
    for place, sample in enumerate(samples):
        for key in (("document", sample.document), ("group", sample.group)):
            if key[1]:
                other = first.setdefault(key, place)
                parents[_root(parents, place)] = _root(parents, other)
    units: defaultdict[int, list[int]] = defaultdict(list)
    for place in range(len(samples)):
        units[_root(parents, place)].append(place)
    return tuple(tuple(unit) for unit in units.values())


def _root(parents: list[int], place: int) -> int:
    while parents[place] != place:
        parents[place] = parents[parents[place]]
        place = parents[place]
    return place
