"""The one place where what a metric raises is caught."""

from collections.abc import Callable
from typing import TypeVar

from vlmhb.domain.score import Unscored

Value = TypeVar("Value")

MAX_CHARS = 500
"""Of what an exception says: every sample keeps it."""


def attempt(call: Callable[[], Value]) -> Value | Unscored:
    """What `call` returns, or which exception it ended with."""
    # Broad, because metrics also come from other packages: what those raise cannot be listed, and
    # one bad metric must not cost the other scores of a run that took hours.
    try:
        return call()
    except (Exception, SystemExit) as error:  # noqa: BLE001
        return Unscored(f"metric failed: {type(error).__name__}: {_text_of(error)}")


def _text_of(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception as second:  # noqa: BLE001 - `__str__` is the package's code too
        return f"(no text: {type(second).__name__})"
    return text if len(text) <= MAX_CHARS else f"{text[:MAX_CHARS]}…"
