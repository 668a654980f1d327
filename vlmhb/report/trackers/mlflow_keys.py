"""Names of figures as MLflow takes them."""

import re
from collections.abc import Iterable, Iterator
from typing import TypeVar

_Value = TypeVar("_Value")
_REFUSED = re.compile(r"[^\w.\- :/]")
MAX_CHARS = 250


def with_keys(pairs: Iterable[tuple[str, _Value]]) -> Iterator[tuple[str, _Value]]:
    """The pairs with keys that MLflow takes, no two alike.

    It takes keys for paths below a folder, where capitals may or may not count.
    Source: `mlflow.utils.validation`.
    """
    taken: set[str] = set()
    for text, value in pairs:
        usual = key = _key(text)
        number = 1
        while key.casefold() in taken:
            number += 1
            key = f"{usual[: MAX_CHARS - 8]} {number}"
        taken.add(key.casefold())
        yield key, value


def _key(text: str) -> str:
    """No part of the path may be empty or lead elsewhere."""
    parts = _REFUSED.sub("_", text)[:MAX_CHARS].split("/")
    return "/".join(part if part.strip(". ") else "_" for part in parts)
