"""A YAML file as plain values, and the place in the file each value comes from."""

import math
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from vlmhb.errors import ConfigError

MAX_BYTES = 256 * 1024
MAX_VALUES = 10_000
"""Counted after aliases are followed, so that a short file cannot grow without end."""
MAX_DEPTH = 32

Loc: TypeAlias = tuple[str | int, ...]
"""The keys and indices that lead to a value."""

_UNICODE = r"whole characters: \U and 8 digits for those beyond \uFFFF"
_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = {f"{_TAG}{name}" for name in ("null", "bool", "int", "float", "str")}


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column, both counted from 1."""

    line: int
    column: int
    said: str = ""
    """What stands for the file where the value comes from elsewhere: `--set limit=20`."""

    def within(self, shown: str) -> str:
        """As an error names it, e.g. `run.yaml:3:7`."""
        return self.said or f"{shown}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Source:
    """One file, read and taken apart, its meaning not yet checked."""

    path: Path
    shown: str
    """The path as the user should see it."""
    values: Mapping[str, Any]
    """Only what JSON knows: mappings with text keys, lists, text, numbers, booleans, None."""
    value_places: Mapping[Loc, Place]
    key_places: Mapping[Loc, Place]
    written: Mapping[Loc, str]
    """Scalars as the file spells them: `no` where the value is False."""


def read_source(path: Path, shown: str) -> Source:
    """The file's values with their places.

    Raises:
        ConfigError: it cannot be read, is no YAML, or uses more of YAML than plain values.
    """
    root = _compose(_read_text(path, shown), shown)
    if not isinstance(root, yaml.MappingNode):
        got = "an empty file" if root is None else _kind(root)
        raise ConfigError((f"{shown}:1:1 got {got}, expected `key: value` lines",))
    walk = _Walk(shown)
    values = walk.value(root, ())
    if walk.issues:
        raise ConfigError(tuple(walk.issues))
    return Source(path, shown, values, walk.value_places, walk.key_places, walk.written)


@dataclass(frozen=True, slots=True)
class Value:
    """A value that stands alone, with its parts' places in it."""

    values: Any
    value_places: Mapping[Loc, Place]
    key_places: Mapping[Loc, Place]
    written: Mapping[Loc, str]


def read_value(text: str, shown: str) -> Value:
    """The value that `text` is in YAML; nothing is text without a letter.

    Raises:
        ConfigError: it is no YAML, or uses more of YAML than plain values.
    """
    if len(text) > MAX_BYTES:
        raise ConfigError((f"{shown[:80]}...: got more than {MAX_BYTES:,} letters",))
    root = _compose(text, shown)
    walk = _Walk(shown)
    values = "" if root is None else walk.value(root, ())
    if walk.issues:
        raise ConfigError(tuple(walk.issues))
    places = {(): Place(1, 1), **walk.value_places}
    return Value(values, places, walk.key_places, {(): "", **walk.written})


def _read_text(path: Path, shown: str) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError((f"{shown}: cannot be read: {error.strerror}",)) from error
    if len(content) > MAX_BYTES:
        raise ConfigError((f"{shown}: got more than {MAX_BYTES:,} bytes, expected a short file",))
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError((f"{shown}:{line}:1 got bytes that are not UTF-8",)) from error


def _compose(text: str, shown: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{shown}:{mark.line + 1}:{mark.column + 1}" if mark else shown
        reason = ", ".join(part for part in (error.context, error.problem) if part)
        raise ConfigError((f"{where} not YAML: {reason}{_hint(reason)}",)) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        column = error.position - (text.rfind("\n", 0, error.position) + 1) + 1
        code = f"U+{ord(text[error.position]):04X}"
        raise ConfigError(
            (f"{shown}:{line}:{column} not YAML: control character {code}",)
        ) from error
    except RecursionError as error:
        raise ConfigError((f"{shown}: values are nested too deeply",)) from error


def _hint(reason: str) -> str:
    """What helps against the two mistakes that YAML's own words do not explain."""
    if "'\\t'" in reason:
        return "; indent with spaces, not with tabs"
    if "mapping values are not allowed" in reason:
        return "; put a text that holds `: ` in quotes"
    return ""


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    return "a list" if isinstance(node, yaml.SequenceNode) else "a single value"


@dataclass(slots=True)
class _Walk:
    """Turns nodes into values and notes where they were."""

    shown: str
    issues: list[str] = field(default_factory=list)
    value_places: dict[Loc, Place] = field(default_factory=dict)
    key_places: dict[Loc, Place] = field(default_factory=dict)
    written: dict[Loc, str] = field(default_factory=dict)
    _constructor: yaml.constructor.SafeConstructor = field(
        default_factory=yaml.constructor.SafeConstructor
    )
    _open: set[int] = field(default_factory=set)
    _n_values: int = 0

    def value(self, node: yaml.Node, loc: Loc) -> Any:
        """What `node` holds, in JSON's types."""
        self._n_values += 1
        if self._n_values > MAX_VALUES:
            raise ConfigError((f"{self.shown}: got more than {MAX_VALUES:,} values",))
        self.value_places[loc] = _place(node)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, loc)
        if len(self._open) > MAX_DEPTH:
            raise ConfigError((f"{self.shown}: values are nested too deeply",))
        if id(node) in self._open:
            self._issue(node, "an alias of a value that holds it")
            return None
        if node.tag not in {f"{_TAG}map", f"{_TAG}seq"}:
            self._issue(node, f"tag {node.tag!r}, expected a plain mapping or list")
            return None
        self._open.add(id(node))
        result = (
            self._mapping(node, loc)
            if isinstance(node, yaml.MappingNode)
            else [self.value(item, (*loc, index)) for index, item in enumerate(node.value)]
        )
        self._open.discard(id(node))
        return result

    def _mapping(self, node: yaml.MappingNode, loc: Loc) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag != f"{_TAG}str":
                got = repr(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "a list"
                self._issue(key_node, f"{got} as a key, expected text; put it in quotes")
                continue
            key = key_node.value
            if not _is_unicode(key):
                self._issue(key_node, f"{key!r} as a key, expected {_UNICODE}")
                continue
            place = (*loc, key)
            if key in result:
                first = self.key_places[place].line
                self._issue(key_node, f"{key!r} twice, the first time in line {first}")
                continue
            self.key_places[place] = _place(key_node)
            result[key] = self.value(value_node, place)
        return result

    def _scalar(self, node: yaml.ScalarNode, loc: Loc) -> Any:
        self.written[loc] = node.value
        if node.tag == f"{_TAG}str":
            if not _is_unicode(node.value):
                self._issue(node, f"{reprlib.repr(node.value)}, expected {_UNICODE}")
            return node.value
        if node.tag not in _PLAIN_TAGS:
            kind = node.tag.removeprefix(_TAG)
            self._issue(node, f"{node.value!r} ({kind}), expected text; put it in quotes")
            return None
        try:
            value = self._constructor.construct_object(node)
        except (ValueError, LookupError, yaml.YAMLError):
            self._issue(node, f"{node.value!r}, expected a {node.tag.removeprefix(_TAG)}")
            return None
        expected = _number_problem(value, node.value)
        if expected:
            self._issue(node, f"{node.value!r}, expected {expected}")
        return value

    def _issue(self, node: yaml.Node, got: str) -> None:
        place = _place(node)
        self.issues.append(f"{self.shown}:{place.line}:{place.column} got {got}")


def _is_unicode(text: str) -> bool:
    """False for half a character, which YAML can write as an escape and nothing can store."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _number_problem(value: Any, written: str) -> str:
    """What was expected instead; empty when `value` is a number as people read it, or none."""
    if isinstance(value, float) and not math.isfinite(value):
        return "a finite number"
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return "a number within 64 bits"
    try:
        if isinstance(value, float):
            float(written)
        elif isinstance(value, int) and not isinstance(value, bool):
            int(written, base=0)
    except ValueError:
        # YAML counts 1:30 as 90 and 010 as 8.
        return f"text in quotes, or the number {value} that YAML reads here"
    return ""


def _place(node: yaml.Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)
