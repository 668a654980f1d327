"""What a file says against what its model allows, each problem with its place in the file."""

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from vlmhb.config.credentials import secrets_in
from vlmhb.config.source import Loc, Place, Source
from vlmhb.errors import ConfigError

_Model = TypeVar("_Model", bound=BaseModel)

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "literal_error": "{expected}",
    "greater_than_equal": "{ge:g} or more",
    "greater_than": "more than {gt:g}",
    "less_than_equal": "{le:g} or less",
    "string_too_short": "text that is not empty",
    "too_short": "at least one entry",
    "too_long": "at most {max_length} entries",
}
"""By pydantic's error type; the braces are filled from the error's context."""


def decode(source: Source, model: type[_Model], context: Mapping[str, Any]) -> _Model:
    """The file as `model`.

    `context` is what the model's validators look names up in.

    Raises:
        ConfigError: with one issue per problem, in the order of the file.
    """
    found = [_secret(loc, expected, source) for loc, expected in secrets_in(source)]
    secret_places = {place for place, _ in found}
    try:
        value = model.model_validate(source.values, context=context)
    except ValidationError as error:
        wrong = (_explain(details, source, model) for details in error.errors(include_url=False))
        # It would show the secret.
        found += [(place, text) for place, text in wrong if place not in secret_places]
    else:
        if not found:
            return value
    found.sort(key=lambda issue: (issue[0].line, issue[0].column))
    raise ConfigError(tuple(text for _, text in found))


def did_you_mean(got: str, known: Collection[str]) -> str:
    """`; did you mean 'x'?`, or nothing when no known name is near."""
    near = get_close_matches(got, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _secret(loc: Loc, expected: str, source: Source) -> tuple[Place, str]:
    place = source.value_places[loc]
    got = f"got what looks like a secret, expected {expected}"
    return place, f"{place.within(source.shown)} {_dotted(loc)}: {got}"


def _explain(details: ErrorDetails, source: Source, model: type[BaseModel]) -> tuple[Place, str]:
    loc = tuple(part for part in details["loc"] if part != "[key]")
    kind = details["type"]
    if kind == "missing":
        place = source.value_places[loc[:-1]]
        text = f"missing, expected {_fields(model, loc[:-1])[str(loc[-1])]}"
    elif kind == "extra_forbidden":
        place = source.key_places[loc]
        known = _fields(model, loc[:-1])
        free = [name for name in known if (*loc[:-1], name) not in source.key_places]
        hint = did_you_mean(str(loc[-1]), free) or f", expected one of: {', '.join(known)}"
        text = f"got an unknown key{hint}"
    elif "[key]" in details["loc"]:
        place = source.key_places[loc]
        text = f"got the key {loc[-1]!r}, expected {_expected(details, source, loc)}"
    else:
        place = source.value_places[loc]
        text = f"got {_got(source, loc)}, expected {_expected(details, source, loc)}"
    return place, f"{place.within(source.shown)} {_dotted(loc)}: {text}"


def _got(source: Source, loc: Loc) -> str:
    value: Any = source.values
    for part in loc:
        value = value[part]
    match value:
        case None:
            return "nothing"
        case str():
            return repr(value if len(value) <= 80 else value[:77] + "...")
        case list():
            return f"a list of {len(value)}" if value else "an empty list"
        case dict():
            return "a mapping"
        case _:
            written = source.written[loc]
            read = str(value).lower() if isinstance(value, bool) else str(value)
            return written if written == read else f"{written} (which YAML reads as {read})"


def _expected(details: ErrorDetails, source: Source, loc: Loc) -> str:
    template = _EXPECTED.get(details["type"])
    if template is None:
        return details["msg"]
    expected = template.format(**details.get("ctx", {}))
    written = source.written.get(loc, "")
    match details["type"], details.get("input"):
        case "string_type", _ if written:
            return f'{expected}; put it in quotes: "{written}"'
        case "tuple_type", str() if _is_plain(written):
            return f"{expected}: [{written}]"
        case "literal_error", str() as got:
            return expected + did_you_mean(got, re.findall(r"'([^']*)'", expected))
        case _:
            return expected


def _is_plain(written: str) -> bool:
    """Whether it can stand in a list as it is."""
    return 0 < len(written) <= 40 and not set(written) & set("[]{},:#&*!|>'\"%@`\n")


def _dotted(loc: Loc) -> str:
    text = ""
    for part in loc:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            # A key may hold control characters that a terminal would obey.
            text += ("." if text else "") + (part if part.isprintable() else repr(part))
    return text


def _fields(model: type[BaseModel], loc: Loc) -> dict[str, str]:
    """Key -> description, of the part of the model that `loc` leads to."""
    for part in loc:
        if isinstance(part, int) or part not in model.model_fields:
            continue  # an entry of a list, or of a mapping whose keys are free
        annotation = model.model_fields[part].annotation
        inner = (
            candidate
            for candidate in (annotation, *get_args(annotation))
            if isinstance(candidate, type) and issubclass(candidate, BaseModel)
        )
        # A free key may be called like a field.
        model = next(inner, model)
    return {name: field.description or "" for name, field in model.model_fields.items()}
