"""Takes the secrets out of what a model's errors and facts say."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable

MIN_CHARS = 8
"""Shorter values are words and numbers: taking them out would garble what has nothing to do with
them, and give them away."""
HIDDEN = "[secret]"


class Redaction:
    """Knows the values that must not be seen; none at first.

    The host hides them too, but of one that was cut in half to fit a message it sees only a part.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        long = {value for value in values if len(value) >= MIN_CHARS}
        self._values = sorted(long, key=len, reverse=True)

    def text(self, text: str) -> str:
        """The same without the values."""
        for value in self._values:
            text = text.replace(value, HIDDEN)
        return text


NOTHING = Redaction()
