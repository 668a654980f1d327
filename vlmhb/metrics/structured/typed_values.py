"""Values of JSON answers, compared by what they mean: the same day, amount, number or person."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from vlmhb.domain.digest import Json
from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Unscored
from vlmhb.metrics.fields.kind import Kind, reading
from vlmhb.metrics.fields.kinds import BY_NAME, TEXT, kind_called, kind_told
from vlmhb.metrics.structured.in_metadata import json_in_metadata
from vlmhb.metrics.structured.pairs import (
    Path,
    Same,
    equal,
    is_list,
    is_object,
    normal_text,
    normalised,
)
from vlmhb.metrics.structured.schema import inner_schemas

THOUSANDTHS = re.compile(r"\.\d{3}\Z")

SAME_PLACE = ("items", "anyOf", "allOf", "oneOf")
"""Keywords of a JSON Schema whose schemas are about the same path of keys."""

# Each value of a list is compared with all of another one.
meaning = lru_cache(maxsize=16_384)(reading)


@dataclass(frozen=True, slots=True)
class TypedValues:
    """Values of the kinds that the sample says they are, or else of those that they look like."""

    kinds: Mapping[Path, Kind]
    language: str

    def same(self, target: Json, answer: Json, path: Path) -> bool:
        """Whether two values are equal as text or number, or can mean the same."""
        if equal(target, answer, path):
            return True
        if not (has_meaning(target) and has_meaning(answer)):
            return False
        kind = self.kind_at(path, target)
        truth, said = meaning(kind, written(target)), meaning(kind, written(answer))
        return truth is not None and said is not None and kind.agree(said, truth)

    def kind_at(self, path: Path, target: Json) -> Kind:
        """The kind of a target's value. A number of which nothing is said is just a number."""
        if path in self.kinds:
            return self.kinds[path]
        return kind_told((target,), self.language) if isinstance(target, str) else TEXT


def same_by_type(sample: Sample) -> Same | Unscored:
    """Whether two values say the same, by the `field_types` or the `schema` of the metadata."""
    types = dict(formats(json_in_metadata(sample, "schema")))
    types.update(named_types(json_in_metadata(sample, "field_types")))
    kinds = {path: kind_called(name, sample.language) for path, name in types.items()}
    known = {path: kind for path, kind in kinds.items() if kind is not None}
    if len(known) < len(kinds):
        name = next(types[path] for path in kinds if path not in known)
        return Unscored(f'unknown field type "{name}"; known: {", ".join(BY_NAME)}')
    return TypedValues(known, sample.language).same


def named_types(types: Json, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """The kinds that stand where their values stand in a target."""
    if is_object(types):
        for key, inner in types.items():
            yield from named_types(inner, (*path, normalised(key)))
    elif is_list(types):
        for inner in types:
            yield from named_types(inner, path)
    elif types is not None:
        yield path, str(types)


def formats(schema: Json, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """The kinds that a JSON Schema names as `format`; formats of other names say nothing."""
    if not is_object(schema):
        return
    name = schema.get("format")
    if isinstance(name, str) and name in BY_NAME:
        yield path, name
    properties = schema.get("properties")
    if is_object(properties):
        for key, part in properties.items():
            yield from formats(part, (*path, normalised(key)))
    for part in inner_schemas({key: schema[key] for key in SAME_PLACE if key in schema}):
        yield from formats(part, path)


def has_meaning(value: Json) -> bool:
    """Whether a value is a text or a number, or true or false, which mean nothing else."""
    return isinstance(value, (str, int, float))


def written(value: Json) -> str:
    """A text as it stands, a number so that its dot cannot be taken for one of thousands."""
    if isinstance(value, str):
        return value
    text = normal_text(value)
    return f"{text}0" if THOUSANDTHS.search(text) else text
