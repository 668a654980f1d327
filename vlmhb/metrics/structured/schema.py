"""A JSON value against a JSON Schema, as far as form goes."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from vlmhb.domain.digest import Json
from vlmhb.metrics.structured.pairs import is_list, is_object
from vlmhb.metrics.structured.shape import type_of

Schema: TypeAlias = Mapping[str, Json]

ANNOTATIONS = frozenset(
    {"$schema", "$id", "$comment", "title", "description", "default", "examples", "format"}
)


def unsupported(schema: Json) -> tuple[str, ...]:
    """The keywords of a schema that `conforms` would pass over, sorted; empty when there are none.

    A schema that is no object or truth value is named by its type.
    """
    if isinstance(schema, bool):
        return ()
    if not is_object(schema):
        return (f"a schema of type {type_of(schema)}",)
    unknown = schema.keys() - KEYWORDS.keys() - ANNOTATIONS - {"additionalProperties"}
    inner = (name for part in inner_schemas(schema) for name in unsupported(part))
    return tuple(sorted({*unknown, *inner}))


def inner_schemas(schema: Schema) -> tuple[Json, ...]:
    """The schemas that stand directly in one."""
    found: list[Json] = [schema[key] for key in ("items", "additionalProperties") if key in schema]
    for key in ("anyOf", "allOf", "oneOf"):
        parts = schema.get(key, ())
        found += parts if is_list(parts) else (None,)
    properties = schema.get("properties", {})
    found += properties.values() if is_object(properties) else (None,)
    return tuple(found)


def conforms(schema: Json, value: Json) -> bool:
    """Whether the value is what the schema describes.

    Source: JSON Schema, draft 2020-12, validation vocabulary.
    """
    if not is_object(schema):
        return schema is not False
    return all(
        check(schema, wanted, value)
        for keyword, wanted in schema.items()
        if (check := KEYWORDS.get(keyword))
    ) and additional(schema, value)


def has_type(_: Schema, wanted: Json, value: Json) -> bool:
    """`type`: one name or several."""
    names = wanted if is_list(wanted) else (wanted,)
    whole = isinstance(value, (int, float)) and not isinstance(value, bool) and value == value // 1
    return type_of(value) in names or ("integer" in names and whole)


def has_required(_: Schema, wanted: Json, value: Json) -> bool:
    """`required`: keys that have to be there."""
    return not is_object(value) or not is_list(wanted) or set(map(str, wanted)) <= value.keys()


def has_properties(_: Schema, wanted: Json, value: Json) -> bool:
    """`properties`: what stands under a key, when it is there."""
    if not (is_object(value) and is_object(wanted)):
        return True
    return all(conforms(part, value[key]) for key, part in wanted.items() if key in value)


def additional(schema: Schema, value: Json) -> bool:
    """`additionalProperties`: what stands under every other key."""
    if not is_object(value) or "additionalProperties" not in schema:
        return True
    known = schema.get("properties")
    others = value.keys() - (known.keys() if is_object(known) else set())
    return all(conforms(schema["additionalProperties"], value[key]) for key in others)


def has_items(_: Schema, wanted: Json, value: Json) -> bool:
    """`items`: what every item of a list is."""
    return not is_list(value) or all(conforms(wanted, item) for item in value)


def is_one_of(_: Schema, wanted: Json, value: Json) -> bool:
    """`enum`: the values allowed; true and 1 are different ones."""
    options = wanted if is_list(wanted) else ()
    return any(type_of(option) == type_of(value) and option == value for option in options)


def is_constant(schema: Schema, wanted: Json, value: Json) -> bool:
    """`const`: the one value allowed."""
    return is_one_of(schema, [wanted], value)


def matches(count: Callable[[int, int], bool]) -> Callable[[Schema, Json, Json], bool]:
    """`anyOf`, `allOf`, `oneOf`: how many of the schemas have to fit, given how many there are."""

    def check(_: Schema, wanted: Json, value: Json) -> bool:
        parts = wanted if is_list(wanted) else ()
        return count(sum(conforms(part, value) for part in parts), len(parts))

    return check


def within(
    size: Callable[[Json], float | None], holds: Callable[[float, float], bool]
) -> Callable[[Schema, Json, Json], bool]:
    """Limits of numbers and lengths; values of other types pass."""

    def check(_: Schema, wanted: Json, value: Json) -> bool:
        measured = size(value)
        limit = magnitude(wanted)
        return measured is None or limit is None or holds(measured, limit)

    return check


def magnitude(value: Json) -> float | None:
    """A number itself."""
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def characters(value: Json) -> float | None:
    """The length of a text."""
    return len(value) if isinstance(value, str) else None


def items(value: Json) -> float | None:
    """The length of a list."""
    return len(value) if is_list(value) else None


def at_least(measured: float, limit: float) -> bool:
    """Not below the limit."""
    return measured >= limit


def at_most(measured: float, limit: float) -> bool:
    """Not above the limit."""
    return measured <= limit


# `pattern` is left out: a regular expression can take any time.
KEYWORDS: Mapping[str, Callable[[Schema, Json, Json], bool]] = {
    "type": has_type,
    "required": has_required,
    "properties": has_properties,
    "items": has_items,
    "enum": is_one_of,
    "const": is_constant,
    "anyOf": matches(lambda fitting, _: fitting > 0),
    "allOf": matches(lambda fitting, count: fitting == count),
    "oneOf": matches(lambda fitting, _: fitting == 1),
    "minimum": within(magnitude, at_least),
    "maximum": within(magnitude, at_most),
    "minLength": within(characters, at_least),
    "maxLength": within(characters, at_most),
    "minItems": within(items, at_least),
    "maxItems": within(items, at_most),
}
