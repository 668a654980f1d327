"""The samples of several parts of a dataset in the order of the dataset."""

import heapq
import re
from collections.abc import Sequence
from itertools import pairwise

from vlmhb.domain.run import LeftOut, LoadedTask

_DIGITS = re.compile(r"([0-9]+)")


def in_order(parts: Sequence[LoadedTask]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Ids of the samples of all parts, each once, and their places in the dataset where known.

    Where a part does not tell places, every part's own order is kept, and what no part orders
    follows the numbers in the ids.
    """
    places: dict[str, int] = {}
    for part in parts:
        own = _places(part)
        if own is None:
            return _by_neighbours(parts), ()
        places |= {sample.id: place for sample, place in zip(part.samples, own, strict=True)}
    ids = sorted(places, key=lambda one: places[one])
    return tuple(ids), tuple(places[one] for one in ids)


def _places(part: LoadedTask) -> Sequence[int] | None:
    if len(part.places) == len(part.samples):
        return part.places
    return range(len(part.samples)) if part.left_out == LeftOut() else None


def _by_neighbours(parts: Sequence[LoadedTask]) -> tuple[str, ...]:
    after: dict[str, set[str]] = {sample.id: set() for part in parts for sample in part.samples}
    n_before = dict.fromkeys(after, 0)
    for part in parts:
        for one, following in pairwise(sample.id for sample in part.samples):
            if following not in after[one]:
                after[one].add(following)
                n_before[following] += 1
    ready = [(natural(one), one) for one, number in n_before.items() if not number]
    heapq.heapify(ready)
    ids: dict[str, None] = {}
    while ready:
        _, one = heapq.heappop(ready)
        ids[one] = None
        for following in after[one]:
            n_before[following] -= 1
            if not n_before[following]:
                heapq.heappush(ready, (natural(following), following))
    # Parts that contradict each other leave some.
    return (*ids, *sorted(after.keys() - ids.keys(), key=natural))


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """A key by which `page2` stands before `page10`."""
    numbered = enumerate(_DIGITS.split(text))
    return tuple((place % 2, *_number(part, place % 2)) for place, part in numbered)


def _number(part: str, is_number: int) -> tuple[int, str]:
    """Digits by how many there are, then by what they are: ids may have any number of them."""
    digits = part.lstrip("0") if is_number else ""
    return (len(digits), digits) if is_number else (0, part)
