"""Messages and what each of their fields may hold. Shared by host and worker.

The two tables are the machine-readable half of the package docstring.
"""

from __future__ import annotations

import reprlib

from vlmhb_worker.wire import ProtocolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict

    from vlmhb_worker.wire import Message

    Where = Any  # the field's name, or what it is in and its name there
    Field = Callable[[Any, Where], None]
    Table = Dict[str, Field]

MAX_ANSWER_CHARS = 200_000
MAX_ID_CHARS = 200
MAX_NAME_CHARS = 200
MAX_MESSAGE_CHARS = 4_000
MAX_TRACEBACK_CHARS = 16_000
MAX_FACTS = 60
MAX_DEGRADED = 8
MAX_WINDOW = 4_096
MAX_INT = 2**63 - 1

FINISH_REASONS = ("stop", "length")
FAILURE_REASONS = ("oom", "invalid_reply", "input_error", "model_error", "cancelled")
LOG_LEVELS = ("debug", "info", "warning", "error")


def _wrong(where: Where, got: object, expected: str) -> ProtocolError:
    return ProtocolError(f"{_path(where)}: got {reprlib.repr(got)}, expected {expected}")


def _path(where: Where) -> str:
    """Spelled out only when something is wrong: most of the time nothing is."""
    if type(where) is str:
        return where
    above, name = where
    return _path(above) + (f"[{name}]" if type(name) is int else f".{name[:MAX_NAME_CHARS]}")


def text(limit: int) -> Field:
    """A field of at most `limit` characters."""

    def check(value: Any, where: Where) -> None:
        if type(value) is not str:
            raise _wrong(where, value, "text")
        if len(value) > limit:
            raise _wrong(where, f"{len(value)} characters", f"at most {limit}")

    return check


def whole(low: int = 0, high: int = MAX_INT) -> Field:
    """A field with a whole number from `low` to `high`."""

    def check(value: Any, where: Where) -> None:
        if type(value) is not int or not low <= value <= high:
            raise _wrong(where, value, f"a whole number from {low} to {high}")

    return check


def number(value: Any, where: Where) -> None:
    """A finite number that is not negative."""
    if type(value) not in (int, float) or not 0 <= value < float("inf"):
        raise _wrong(where, value, "a finite number of at least 0")


def flag(value: Any, where: Where) -> None:
    """True or false."""
    if type(value) is not bool:
        raise _wrong(where, value, "true or false")


def anything(_value: Any, _where: Where) -> None:
    """Whatever msgpack carries; the backend checks its own parameters."""


def nullable(field: Field) -> Field:
    """The same field, or nil."""

    def check(value: Any, where: Where) -> None:
        if value is not None:
            field(value, where)

    return check


def one_of(names: tuple[str, ...]) -> Field:
    """A field with one of `names`."""

    def check(value: Any, where: Where) -> None:
        if type(value) is not str or value not in names:
            raise _wrong(where, value, "one of " + ", ".join(names))

    return check


def listing(field: Field, low: int, high: int) -> Field:
    """A list of `low` to `high` such fields."""

    def check(value: Any, where: Where) -> None:
        if type(value) is not list or not low <= len(value) <= high:
            raise _wrong(where, value, f"a list of {low} to {high}")
        for index, item in enumerate(value):
            field(item, (where, index))

    return check


def mapping(field: Field, limit: int) -> Field:
    """A map with any keys and such values."""

    def check(value: Any, where: Where) -> None:
        if type(value) is not dict or len(value) > limit:
            raise _wrong(where, value, f"a map of at most {limit}")
        for key, item in value.items():
            if type(key) is not str:
                raise _wrong(where, key, "text as key")
            field(item, (where, key))

    return check


def record(fields: Table) -> Field:
    """A map with exactly these fields."""

    def check(value: Any, where: Where) -> None:
        if type(value) is not dict:
            raise _wrong(where, value, "a map")
        if value.keys() != fields.keys():
            raise _wrong(where, sorted(value, key=str), "the fields " + ", ".join(sorted(fields)))
        for name, field in fields.items():
            field(value[name], (where, name))

    return check


_ID = text(MAX_ID_CHARS)
_NAME = text(MAX_NAME_CHARS)
_COUNT = nullable(whole())
_SECONDS = nullable(number)
_ANY_TEXT = text(MAX_INT)
_BUFFER = record({"place": one_of(("frame", "shared")), "offset": whole(), "length": whole(1)})
_PAGE = record({"sha256": _NAME, "path": nullable(_ANY_TEXT), "buffer": nullable(_BUFFER)})
_ERROR = record(
    {
        "type": _NAME,
        "message": text(MAX_MESSAGE_CHARS),
        "traceback": text(MAX_TRACEBACK_CHARS),
    }
)

FROM_WORKER: dict[str, Table] = {
    "hello": {
        "protocol": listing(whole(1, 1_000_000), 2, 2),
        "worker_version": _NAME,
        "python": _NAME,
        "pid": whole(1),
    },
    "progress": {"stage": _NAME, "done": whole(), "total": whole()},
    "loaded": {
        "load_s": number,
        "window": whole(1, MAX_WINDOW),
        "batch_size": whole(1, MAX_WINDOW),
        "gpu_memory_bytes": _COUNT,
        "facts": mapping(text(MAX_MESSAGE_CHARS), MAX_FACTS),
    },
    "load_failed": {"error": _ERROR},
    "answer": {
        "id": _ID,
        "text": text(MAX_ANSWER_CHARS),
        "full_length_chars": _COUNT,
        "finish_reason": one_of(FINISH_REASONS),
        "usage": record(
            {"prompt_tokens": _COUNT, "image_tokens": _COUNT, "completion_tokens": _COUNT}
        ),
        "timing": record(
            {"preprocess_s": _SECONDS, "first_token_s": _SECONDS, "generate_s": _SECONDS}
        ),
        "degraded": listing(_NAME, 0, MAX_DEGRADED),
    },
    "failed": {"id": _ID, "reason": one_of(FAILURE_REASONS), "error": _ERROR},
    "log": {"level": one_of(LOG_LEVELS), "text": text(MAX_MESSAGE_CHARS)},
    "pong": {"nonce": whole()},
}

FROM_HOST: dict[str, Table] = {
    "load": {
        "backend": _NAME,
        "params": mapping(anything, MAX_INT),
        "weights": _ANY_TEXT,
        "trust_remote_code": flag,
        "secrets": mapping(_ANY_TEXT, MAX_INT),
        "scratch": _ANY_TEXT,
        "seed": whole(),
    },
    "request": {
        "id": _ID,
        "prompt": _ANY_TEXT,
        "system_prompt": _ANY_TEXT,
        "pages": listing(_PAGE, 0, 4_096),
        "page_marks": flag,
        "generation": record(
            {
                "max_new_tokens": whole(),
                "temperature": number,
                "top_p": number,
                "seed": whole(),
                "stop": listing(_ANY_TEXT, 0, 64),
                "min_pixels": _COUNT,
                "max_pixels": _COUNT,
                "may_shrink": flag,
            }
        ),
    },
    "cancel": {"id": _ID},
    "ping": {"nonce": whole()},
    "drain": {},
    "shutdown": {},
}


def check(message: Message, table: dict[str, Table]) -> str:
    """The message's type, once each of its fields holds what `table` says.

    Raises:
        ProtocolError: it does not; the text names the field and what came.
    """
    kind = message.get("type")
    if type(kind) is not str or kind not in table:
        raise _wrong("type", kind, "one of " + ", ".join(table))
    fields = table[kind]
    if len(message) != len(fields) + 1 or not fields.keys() <= message.keys():
        expected = "the fields " + (", ".join(fields) or "(none)")
        raise _wrong(kind, sorted(message.keys() - {"type"}, key=str), expected)
    for name, field in fields.items():
        field(message[name], (kind, name))
    return kind
