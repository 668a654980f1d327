"""Values of records as samples want them."""

import json
import math
import re
import string
from collections.abc import Mapping, Sequence

from vlmhb.domain.digest import Json

LANGUAGE = re.compile(r"[a-z]{2}|multi|")
"""Of a sample: ISO 639-1, several, or not said."""
_LETTERS = frozenset(string.ascii_uppercase)


class RecordProblem(Exception):  # noqa: N818 - it becomes one line of a DatasetError
    """Why a record cannot be used; the text says it for the user."""


def choices_of(value: object) -> tuple[tuple[str, str], ...]:
    """From an object of letters and texts, or from a list of texts that get letters.

    Raises:
        RecordProblem: it is neither.
    """
    if value is None:
        return ()
    if isinstance(value, Mapping):
        wrong = [name for name in value if name not in _LETTERS]
        if wrong:
            raise RecordProblem(f"choice {wrong[0]!r}, expected a letter from A to Z")
        return tuple((name, as_text(text)) for name, text in value.items())
    if isinstance(value, list) and len(value) <= len(string.ascii_uppercase):
        return tuple(zip(string.ascii_uppercase, map(as_text, value), strict=False))
    raise RecordProblem(f"choices is {type(value).__name__}, expected at most 26 texts")


def letters_of(answers: Sequence[str], choices: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """The letters of the choices that the answers count from 0.

    Raises:
        RecordProblem: there is no such choice.
    """
    for answer in answers:
        if not (answer.isascii() and answer.isdigit() and int(answer) < len(choices)):
            raise RecordProblem(f"answer {answer!r}, expected a number below {len(choices)}")
    return tuple(choices[int(answer)][0] for answer in answers)


def texts_of(value: object) -> tuple[str, ...]:
    """Each item of a list, or the one value, as text; none for nothing."""
    if value is None:
        return ()
    return tuple(map(as_text, value)) if isinstance(value, list) else (as_text(value),)


def as_text(value: object) -> str:
    """A text as it is, everything else as JSON."""
    plain = as_json(value)
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def as_json(value: object) -> Json:
    """As JSON has it; what JSON does not know, such as a date, becomes text."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(name): as_json(item) for name, item in value.items() if is_said(item)}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    return str(value)


def is_said(value: object) -> bool:
    """False for what is missing, and for bytes, which are no metadata."""
    return value is not None and not isinstance(value, bytes)
