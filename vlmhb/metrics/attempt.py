"""The one place where what a metric raises is caught."""

from collections.abc import Callable
from typing import TypeVar

from vlmhb.domain.score import Unscored

Value = TypeVar("Value")


def attempt(call: Callable[[], Value]) -> Value | Unscored:
    """What `call` returns, or which exception it ended with."""
    # Broad, because metrics also come from other packages: what those raise cannot be listed, and
    # one bad metric must not cost the other scores of a run that took hours.
    try:
        return call()
    except Exception as error:  # noqa: BLE001
        return Unscored(f"metric failed: {type(error).__name__}: {error}")
