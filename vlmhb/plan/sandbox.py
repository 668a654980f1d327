"""The Jinja2 environment that prompts are rendered in. Imports Jinja2."""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any

from jinja2 import StrictUndefined, TemplateRuntimeError, Undefined
from jinja2.filters import FILTERS
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from vlmhb.plan.template import MAX_CHARS

_TEXT = ("capitalize", "lower", "string", "title", "trim", "truncate", "upper")
_LISTS = ("count", "first", "last", "length", "list", "reverse", "sort", "unique")
TAKEN_OVER = (*_TEXT, *_LISTS, "d", "default", "float", "int", "round")
"""Filters of Jinja2 as they are."""


class Missing(StrictUndefined):
    """A value that is not there: any use but asking whether it is defined is an error."""

    @property
    def _undefined_message(self) -> str:
        name, holder = self._undefined_name, self._undefined_obj
        if isinstance(holder, Mapping):
            known = ", ".join(sorted(map(str, holder))) or "nothing"
            return f"the metadata has no {name!r}; it has: {known}"
        if self._undefined_hint:
            return str(self._undefined_hint)
        return f"{type(holder).__name__} has no {name!r}"


class Sandbox(ImmutableSandboxedEnvironment):
    """No loader, no globals, no attributes of Python's: keys of mappings and places of lists."""

    def __init__(self) -> None:
        super().__init__(
            autoescape=False,
            undefined=Missing,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self.globals.clear()
        self.filters = {name: _guarded(FILTERS[name]) for name in TAKEN_OVER}
        self.filters |= {"join": join, "replace": replace, "tojson": _guarded(tojson)}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The value of a key; of a loop, what it says about itself."""
        if isinstance(obj, LoopContext):
            return super().getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """What a mapping has under a key or a list at a place."""
        if isinstance(obj, Undefined):
            return obj[argument]
        try:
            return obj[argument]
        except (LookupError, TypeError, AttributeError):
            return self.undefined(obj=obj, name=str(argument))


def join(values: Iterable[Any], separator: str = "") -> str:
    """The values as one text, `separator` between them."""
    texts = [str(value) for value in values]
    _refuse_long(sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts)


def replace(text: Any, old: str, new: str) -> str:
    """The text with every `old` replaced by `new`."""
    whole = str(text)
    _refuse_long(len(whole) + whole.count(old) * len(new))
    return whole.replace(old, new)


def tojson(value: Any) -> str:
    """The value as JSON, letters as they are."""
    return json.dumps(value, ensure_ascii=False, default=_refuse_missing)


def _refuse_missing(value: object) -> str:
    return str(value)  # of a missing value this is the error that names it


def _guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        if isinstance(result, str):
            _refuse_long(len(result))
        return result

    return checked


def _refuse_long(length: int) -> None:
    if length > MAX_CHARS:
        raise TemplateRuntimeError(f"a text within is longer than {MAX_CHARS:,} characters")
