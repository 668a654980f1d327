"""Inputs that once broke something, each with what it was."""

from collections.abc import Mapping

import msgpack

BODIES: Mapping[str, bytes] = {
    "an empty key of bytes": msgpack.packb({"type": "log", "level": "info", b"": "x"}),
    "an empty key of bytes below": msgpack.packb(
        {"type": "load_failed", "error": {"type": "E", "message": "m", b"": "t"}}
    ),
}
"""Of frames whose header is right."""

_DEEP = b"[" * 50_000
_NESTED = {"lists without end": _DEEP, "objects without end": b'{"a":' * 50_000}
_SEPARATORS = {"nothing but separators": b";" * 200_000}
_COLUMNS = ";".join(f"column{number}" for number in range(30_000))
_MANY = {"thirty thousand columns": f"{_COLUMNS}\n{_COLUMNS}\n".encode()}

INPUTS: Mapping[str, Mapping[str, bytes]] = {
    "answers.csv": {**_SEPARATORS, **_MANY},
    "annotation_csv": {**_SEPARATORS, **_MANY},
    "vlmeval_tsv": {key: content.replace(b";", b"\t") for key, content in _MANY.items()},
    "user_config": _MANY,
    "jsonl": {
        "many keys": b"{%s}" % b",".join(b'"%d":1' % (number % 29_999) for number in range(30_000))
    },
    "journal_lines": _NESTED,
    "attempts": _NESTED,
    "decisions": _NESTED,
}
"""By target. Each took a traceback or a day."""
