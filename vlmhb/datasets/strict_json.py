"""JSON as the standard has it: no key twice, no NaN, UTF-8."""

import json
from typing import Any

from vlmhb.domain.repeated import repeated


class JsonProblem(Exception):  # noqa: N818 - it becomes one line of a DatasetError
    """Why a text is no JSON; the text says it for the user."""


def parse(content: bytes) -> Any:
    """The value that `content` stands for.

    Raises:
        JsonProblem: there is none.
    """
    try:
        value = json.loads(
            content.decode("utf-8-sig"), object_pairs_hook=_unique, parse_constant=_refuse
        )
        if b"\\ud" in content or b"\\uD" in content:
            refuse_halves(value)
    except UnicodeDecodeError as error:
        raise JsonProblem("not UTF-8; save the file as UTF-8") from error
    except json.JSONDecodeError as error:
        at = f"column {error.colno}" if error.lineno == 1 else f"line {error.lineno}"
        raise JsonProblem(f"{at}: {error.msg}") from error
    except ValueError as error:
        raise JsonProblem(str(error)) from error
    except RecursionError as error:
        raise JsonProblem("nested too deeply") from error
    else:
        return value


def refuse_halves(value: Any) -> None:
    """Do nothing when all text in parsed JSON can be written as Unicode.

    Raises:
        ValueError: a key or a text holds half of a character, as an escape for it alone does.
    """
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        half = error.object[error.start]
        raise ValueError(f"half of a character, {half!r}") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = repeated(name for name, _ in pairs)[0]
        raise ValueError(f"{twice!r} is given twice")
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")
