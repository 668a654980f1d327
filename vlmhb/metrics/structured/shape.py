"""Whether a JSON value has the keys and the types of another one."""

from collections.abc import Mapping

from vlmhb.domain.digest import Json
from vlmhb.metrics.structured.pairs import is_list, is_object


def same_shape(target: Json, answer: Json) -> bool:
    """Whether both have the same keys and, at each, the same type of value.

    Whole and broken numbers are one type. Each item of a list has the shape of some item of the
    target's list; where that one is empty, any will do. Where the target is null, so will any
    value that is no list or object.
    """
    if is_object(target):
        return (
            isinstance(answer, Mapping)
            and target.keys() == answer.keys()
            and all(same_shape(value, answer[key]) for key, value in target.items())
        )
    if is_list(target):
        return is_list(answer) and (not target or all(fits(target, item) for item in answer))
    if target is None:
        return not (is_object(answer) or is_list(answer))
    return type_of(target) == type_of(answer)


def fits(items: "list[Json] | tuple[Json, ...] | object", item: Json) -> bool:
    """Whether an item has the shape of one of `items`."""
    return is_list(items) and any(same_shape(one, item) for one in items)  # type: ignore[arg-type]


def type_of(value: Json) -> str:
    """What JSON calls the type of a value."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case Mapping():
            return "object"
        case _:
            return "array"
