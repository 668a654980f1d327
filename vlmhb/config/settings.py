"""`--set KEY=VALUE`: values that take the place of a run file's, checked as if they stood there."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from vlmhb.config.source import Loc, Place, Source, read_value
from vlmhb.errors import ConfigError

MAX_KEYS = 8
"""The deepest key that may be set."""


def with_settings(source: Source, settings: Sequence[str], *, only_new: bool = False) -> Source:
    """The file as if each `KEY=VALUE` of `settings` stood in it, the last one of a key.

    A KEY leads down through mappings and lists with dots: `filter.language`, `prompts.0.set`. A
    VALUE is YAML. With `only_new`, what the file says itself stays.

    Raises:
        ConfigError: one is no `KEY=VALUE`, a VALUE is no YAML, or a KEY leads through a value.
    """
    issues: list[str] = []
    for text in settings:
        try:
            source = _with_setting(source, text, only_new=only_new)
        except ConfigError as error:
            issues.extend(error.issues)
    if issues:
        raise ConfigError(tuple(issues))
    return source


def _with_setting(source: Source, text: str, *, only_new: bool) -> Source:
    said = f"--set {text}"
    key, equals, value = text.partition("=")
    parts = key.strip().split(".")
    if not equals or not all(parts) or len(parts) > MAX_KEYS:
        raise ConfigError((f"{said}: got {text!r}, expected KEY=VALUE, such as limit=20",))
    if only_new and parts[0] in source.values:
        return source
    read = read_value(value, said)
    values, loc = _placed(source.values, parts, read.values, said)
    here = Place(1, 1, said)
    kept = {place: at for place, at in source.value_places.items() if place[: len(loc)] != loc}
    keys = {place: at for place, at in source.key_places.items() if place[: len(loc)] != loc}
    written = {place: at for place, at in source.written.items() if place[: len(loc)] != loc}
    new = {(*loc, *place): here for place in read.value_places}
    above = {loc[:depth]: here for depth in range(1, len(loc) + 1)}
    return replace(
        source,
        values=values,
        value_places={**above, **kept, **new},
        key_places={**above, **keys, **{(*loc, *place): here for place in read.key_places}},
        written={**written, **{(*loc, *place): at for place, at in read.written.items()}},
    )


def _placed(values: Any, parts: Sequence[str], value: Any, said: str) -> tuple[Any, Loc]:
    """`values` with `value` at the place that `parts` lead to, and that place."""
    if not parts:
        return value, ()
    first, *rest = parts
    if isinstance(values, dict):
        inner, loc = _placed(values.get(first, {}), rest, value, said)
        return {**values, first: inner}, (first, *loc)
    at = int(first) if first.isascii() and first.isdigit() else -1
    if isinstance(values, list) and 0 <= at < len(values):
        inner, loc = _placed(values[at], rest, value, said)
        return [*values[:at], inner, *values[at + 1 :]], (at, *loc)
    expected = f"a number below {len(values)}" if isinstance(values, list) else "no further keys"
    raise ConfigError((f"{said}: got the key {first!r}, expected {expected}",))
