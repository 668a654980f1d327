"""Key and value pairs of JSON values, and how many of them two values share."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias, TypeGuard

from vlmhb.domain.digest import Json
from vlmhb.metrics.structured.assignment import best_total
from vlmhb.metrics.text.normalize import FIELD

MATCHING_WORK = 1_000_000
"""Pairs of values that are compared to match the items of two lists; where more would be, items
are compared in the order they come."""

Path: TypeAlias = tuple[str, ...]
"""The normalised keys that lead to a value; items of a list have the path of the list."""
Same: TypeAlias = Callable[[Json, Json, Path], bool]
"""Whether a target's value and an answer's, neither list nor object, say the same at a path."""

PLAIN_NUMBER = re.compile(r"-?\d+(\.\d+)?")
DECIMAL_COMMA = re.compile(r"\A(-?\d+),(?!\d{3}\Z)(\d+)\Z")

normalised = lru_cache(maxsize=4096)(FIELD)


def pairs(value: Json) -> int:
    """How many values there are at the ends of all paths; null and empty text are none."""
    if is_object(value):
        return sum(map(pairs, value.values()))
    if is_list(value):
        return sum(map(pairs, value))
    return 0 if value is None or normal_text(value) == "" else 1


def equal(target: Json, answer: Json, _: Path = ()) -> bool:
    """Whether two values that are neither lists nor objects say the same.

    Texts are compared after `field` normalisation. A number equals a text that reads as the same
    number: 1234.5 and `1 234,50`, but the texts `1.10` and `1.1` differ. A comma before three
    digits may part thousands, so `1,234` is no number.
    """
    ours, theirs = normal_text(target), normal_text(answer)
    if ours == theirs:
        return ours != ""
    if isinstance(target, str) == isinstance(answer, str):
        return False
    ours, theirs = (DECIMAL_COMMA.sub(r"\1.\2", text) for text in (ours, theirs))
    return PLAIN_NUMBER.fullmatch(ours) is not None and trimmed(ours) == trimmed(theirs)


def shared(target: Json, answer: Json, same: Same = equal, path: Path = ()) -> int:
    """How many values stand in both at the same path.

    Items of a list have no path of their own: they are paired so that most values are shared. A
    value where a list is expected counts as a list of one, and the other way round.
    """
    if is_list(target) or is_list(answer):
        ours = target if is_list(target) else (target,)
        theirs = answer if is_list(answer) else (answer,)
        return shared_items(ours, theirs, same, path)
    if is_object(target) and is_object(answer):
        wanted, given = by_key(target), by_key(answer)
        return sum(
            shared(value, given[key], same, (*path, key))
            for key, value in wanted.items()
            if key in given
        )
    if is_object(target) or is_object(answer):
        return 0
    return int(same(target, answer, path))


def by_key(value: Mapping[str, Json]) -> Mapping[str, Json]:
    """The values by normalised key; where keys become equal, a list of theirs."""
    values: dict[str, list[Json]] = {}
    for key, item in value.items():
        values.setdefault(normalised(key), []).append(item)
    return {key: items[0] if len(items) == 1 else items for key, items in values.items()}


def shared_items(target: Sequence[Json], answer: Sequence[Json], same: Same, path: Path) -> int:
    """How many values two lists share when their items are paired in the best way."""
    too_many = sum(map(pairs, target)) * sum(map(pairs, answer)) > MATCHING_WORK
    # Texts that are equal or not pair up by counting, however many there are.
    if (too_many or same is equal) and all(isinstance(item, str) for item in (*target, *answer)):
        ours, theirs = Counter(map(normal_text, target)), Counter(map(normal_text, answer))
        return sum(count for value, count in (ours & theirs).items() if value)
    if too_many:
        return sum(shared(*items, same, path) for items in zip(target, answer, strict=False))
    import numpy as np  # noqa: PLC0415 - looking metrics up must not wait for it

    gains = np.array(
        [[shared(ours, theirs, same, path) for theirs in answer] for ours in target], dtype=float
    )
    return round(best_total(gains.reshape(len(target), len(answer))))


def normal_text(value: Json) -> str:
    """A value as text after `field` normalisation; empty for null."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return normalised(value)
        case float():
            return trimmed(f"{Decimal(repr(value)):f}") if abs(value) < 1e30 else repr(value)
        case int():
            return digits(value)
        case _:
            return ""


def digits(value: int) -> str:
    """A whole number in decimal; Python writes none beyond 4,300 digits so."""
    try:
        return str(value)
    except ValueError:
        return hex(value)


def trimmed(number: str) -> str:
    """A number without the zeros that end its broken part."""
    return number.rstrip("0").rstrip(".") if "." in number else number


def is_object(value: Json) -> TypeGuard[Mapping[str, Json]]:
    """Whether the value has keys."""
    return isinstance(value, Mapping)


def is_list(value: Json) -> TypeGuard[Sequence[Json]]:
    """Whether the value is a list; text is none."""
    return isinstance(value, (list, tuple))
