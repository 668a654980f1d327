"""Runs of n characters or words, and how many of them two texts share."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

Ngrams: TypeAlias = Iterator[Sequence[str]]
Counts: TypeAlias = Mapping[Sequence[str], int]


def ngrams(units: Sequence[str], order: int) -> Ngrams:
    """Every run of `order` neighbours in `units`."""
    return (units[place : place + order] for place in range(len(units) - order + 1))


def shared(given: Ngrams, wanted: Counts) -> int:
    """How many of the runs `given` are among those `wanted`, each as often as it is there."""
    # Only what is wanted is counted, so that an answer that runs on takes no memory.
    found = Counter(filter(wanted.__contains__, given))
    return sum(min(count, wanted[ngram]) for ngram, count in found.items())
