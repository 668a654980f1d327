"""ANLS of nested values: what is in lists, and under which key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vlmhb.domain.digest import Json
from vlmhb.metrics.best_target import BestTarget
from vlmhb.metrics.structured.assignment import matching
from vlmhb.metrics.structured.json_answer import DEEPEST, NoJson, json_of, nesting, strict
from vlmhb.metrics.text.anls import plain, share_of_edits

MATCHING_WORK = 1_000_000
"""Pairs of parts that are compared to match the entries of two lists; where more would be, entries
are compared in the order they come."""
TIE = 1e-9
"""What being equal is worth when two pairs are equally similar otherwise."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """Similarities of the parts of two values, added up, and how many parts there are."""

    total: float
    parts: int

    @property
    def share(self) -> float:
        """Mean over the parts; nothing is wholly like nothing."""
        return self.total / self.parts if self.parts else 1.0


def anls_star(answer: str, target: str) -> float:
    """Similarity of the values that both texts write in JSON, in [0, 1].

    Lists are compared in the order that suits best; what is missing and what is too much both
    count as wrong. A target that is no list or object is compared as text.

    Source: Peer et al. 2024, "ANLS* -- A Universal Document Processing Metric for Generative
    Large Language Models".
    """
    wanted = strict(target) if nesting(target) <= DEEPEST else None
    if wanted is None:
        return likeness_of_texts(target, answer)
    given = json_of(answer)
    return 0.0 if isinstance(given, NoJson) else likeness(wanted, given.value).share


def parts_of(value: Json) -> Sequence[Json]:
    """What a list or an object holds; nothing for other values."""
    if isinstance(value, Mapping):
        return tuple(value.values())
    return value if isinstance(value, list) else ()


def size(value: Json) -> int:
    """Numbers, texts and nulls in `value`."""
    if isinstance(value, Mapping | list):
        return sum(map(size, parts_of(value)))
    return 1


def likeness(target: Json, answer: Json) -> Likeness:
    """How alike two values are; of different kinds, not at all."""
    if isinstance(target, Mapping) and isinstance(answer, Mapping):
        return likeness_of_objects(target, answer)
    if isinstance(target, list) and isinstance(answer, list):
        return likeness_of_lists(target, answer)
    if target is None:
        return Likeness(float(is_nothing(answer)), max(1, size(answer)))
    if is_scalar(target) and is_scalar(answer):
        return Likeness(likeness_of_texts(str(target), str(answer)), 1)
    return Likeness(0.0, max(size(target), size(answer)))


def is_nothing(value: Json) -> bool:
    """Whether `value` says that there is nothing."""
    return value is None or (isinstance(value, str | list | Mapping) and not value)


def is_scalar(value: Json) -> bool:
    """Whether `value` is a text, a number, true or false."""
    return isinstance(value, str | int | float)


def likeness_of_texts(target: str, answer: str) -> float:
    """1 minus edits per character of the longer text, below 0.5 it is 0; 0.5 itself is kept."""
    target, answer = plain(target), plain(answer)
    share = share_of_edits(answer, target, max(len(answer), len(target)))
    return 1 - share if share <= 0.5 else 0.0


def likeness_of_objects(target: Mapping[str, Json], answer: Mapping[str, Json]) -> Likeness:
    """Key by key; a key that only the answer has counts as wrong even when nothing is in it."""
    found = [likeness(value, answer.get(key)) for key, value in target.items()]
    invented = sum(max(1, size(value)) for key, value in answer.items() if key not in target)
    return Likeness(sum(part.total for part in found), sum(part.parts for part in found) + invented)


def likeness_of_lists(target: Sequence[Json], answer: Sequence[Json]) -> Likeness:
    """Entry by entry, paired so that the entries are most alike."""
    paired = most_alike(target, answer)
    alone = [target[row] for row in set(range(len(target))) - {row for row, _ in paired}]
    alone += [answer[place] for place in set(range(len(answer))) - {place for _, place in paired}]
    return Likeness(
        sum(part.total for part in paired.values()),
        sum(part.parts for part in paired.values()) + sum(map(size, alone)),
    )


def most_alike(
    target: Sequence[Json], answer: Sequence[Json]
) -> Mapping[tuple[int, int], Likeness]:
    """Places in both lists of the entries to compare, all of the shorter list, and how they do."""
    shorter = min(len(target), len(answer))
    if shorter == 0 or sum(map(size, target)) * sum(map(size, answer)) > MATCHING_WORK:
        return {(place, place): likeness(target[place], answer[place]) for place in range(shorter)}
    # It brings numpy, which commands that only look metrics up need not wait for.
    import numpy as np  # noqa: PLC0415

    table = [[likeness(wanted, given) for given in answer] for wanted in target]
    costs = np.array(
        [
            [-cell.share - TIE * (wanted == given) for cell, given in zip(row, answer, strict=True)]
            for wanted, row in zip(target, table, strict=True)
        ]
    )
    if len(target) == shorter:
        pairs = [(row, column) for column, row in matching(costs).items()]
    else:
        pairs = list(matching(costs.T).items())
    return {(row, column): table[row][column] for row, column in pairs}


ANLS_STAR = BestTarget(
    "anls_star",
    "ANLS*",
    "Similarity of a JSON answer to its closest target, part by part: lists in any order, missing "
    "and invented parts counted as wrong.",
    "lower case, white space collapsed",
    anls_star,
)
