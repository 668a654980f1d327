"""A part of a task that stands for all of it."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence

from vlmhb.datasets.units import Unit, units_of
from vlmhb.domain.digest import sha256_of
from vlmhb.domain.sample import Sample


def apply_limit(samples: Sequence[Sample], limit: int | None, seed: int) -> tuple[Sample, ...]:
    """At most `limit` samples, by whole groups and documents, in their old order; None takes all.

    Every class and language is represented by its share, and within each of them every field or
    category. The first unit is taken whole even when it alone exceeds the limit, and a larger limit
    takes what a smaller one took and adds to it.
    """
    if limit is None:
        return tuple(samples)
    taken: set[int] = set()
    for unit in _spread_out(units_of(samples), samples, seed):
        if taken and len(taken) + len(unit) > limit:
            break
        taken.update(unit)
    return tuple(samples[place] for place in sorted(taken))


def _spread_out(units: Iterable[Unit], samples: Sequence[Sample], seed: int) -> list[Unit]:
    """All units, so that any number of the first ones is a stratified draw."""
    strata: defaultdict[Hashable, list[Unit]] = defaultdict(list)
    for unit in units:
        strata[_classes(unit, samples)].append(unit)
    inner = {kind: _by_field(found, samples, seed) for kind, found in strata.items()}
    return _merged(inner, samples, seed)


def _by_field(units: Iterable[Unit], samples: Sequence[Sample], seed: int) -> list[Unit]:
    strata: defaultdict[Hashable, list[Unit]] = defaultdict(list)
    for unit in units:
        strata[_fields(unit, samples)].append(unit)
    shuffled = {
        kind: sorted(found, key=lambda unit: _digest(seed, unit, samples))
        for kind, found in strata.items()
    }
    return _merged(shuffled, samples, seed)


def _merged(strata: dict[Hashable, list[Unit]], samples: Sequence[Sample], seed: int) -> list[Unit]:
    """The strata's units in one order, in which each of them comes evenly.

    Each stratum of n units starts somewhere within the first n-th, so that one with few units is
    neither always early nor always late.
    """
    places = []
    for kind, units in strata.items():
        start = int(sha256_of([seed, repr(kind)])[:8], 16) / 2**32
        for rank, unit in enumerate(units):
            places.append(((rank + start) / len(units), _digest(seed, unit, samples), unit))
    return [unit for _, _, unit in sorted(places)]


def _digest(seed: int, unit: Unit, samples: Sequence[Sample]) -> str:
    """The same for the same samples, whatever order they came in."""
    return sha256_of([seed, sorted(samples[place].id for place in unit)])


def _classes(unit: Unit, samples: Sequence[Sample]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted({(samples[place].doc_class, samples[place].language) for place in unit}))


def _fields(unit: Unit, samples: Sequence[Sample]) -> tuple[str, ...]:
    return tuple(sorted({kind_of(samples[place]) for place in unit}))


def kind_of(sample: Sample) -> str:
    """The field a sample asks for, else the category the dataset puts it in."""
    category = sample.metadata.get("category") or ""
    if isinstance(category, list | tuple):
        category = ", ".join(map(str, category))
    return sample.question_type or str(category)
