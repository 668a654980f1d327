"""Samples that belong together: a limit and a shard take all of them or none."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import TypeAlias

from vlmhb.domain.sample import Sample

Unit: TypeAlias = tuple[int, ...]
"""Places of samples in their sequence, ascending."""


def units_of(samples: Sequence[Sample]) -> tuple[Unit, ...]:
    """The samples in units: who shares a group or a document with one of a unit is in it."""
    return joined(
        [key for key in (("document", sample.document), ("group", sample.group)) if key[1]]
        for sample in samples
    )


def joined(keys: Iterable[Iterable[Hashable]]) -> tuple[Unit, ...]:
    """The places of `keys` in units: who shares a key with one of a unit is in it."""
    parents: list[int] = []
    first: dict[Hashable, int] = {}
    for place, own in enumerate(keys):
        parents.append(place)
        for key in own:
            other = first.setdefault(key, place)
            parents[_root(parents, place)] = _root(parents, other)
    units: defaultdict[int, list[int]] = defaultdict(list)
    for place in range(len(parents)):
        units[_root(parents, place)].append(place)
    return tuple(tuple(unit) for unit in units.values())


def _root(parents: list[int], place: int) -> int:
    while parents[place] != place:
        parents[place] = parents[parents[place]]
        place = parents[place]
    return place
