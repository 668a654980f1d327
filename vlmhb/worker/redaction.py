"""Takes secrets out of what workers print and report."""

import re
from collections.abc import Iterable
from dataclasses import replace

from vlmhb_worker.redaction import HIDDEN, MIN_CHARS

from vlmhb.domain.answer import ErrorInfo, FailedAnswer
from vlmhb.domain.secret_text import begun_user, without_user, without_users
from vlmhb.worker.events import (
    Answered,
    Loaded,
    LoadFailed,
    LoadProgress,
    Logged,
    WorkerEvent,
)


class Redaction:
    """Knows the values that must not be seen, none at first, and how logins in addresses look.

    A guard against accidents, such as a library that prints its request, not against a model that
    means to give a secret away.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        long = sorted({value for value in values if len(value) >= MIN_CHARS}, key=len, reverse=True)
        self._values = [value.encode() for value in long]
        self._text = re.compile("|".join(map(re.escape, long))) if long else None
        self._bytes = re.compile(b"|".join(map(re.escape, self._values))) if long else None

    def text(self, text: str) -> str:
        """The same without the values and the logins of addresses."""
        return without_user(self._text.sub(HIDDEN, text) if self._text else text)

    def event(self, event: WorkerEvent) -> WorkerEvent:
        """The same; what it says of a model is without the values. Answers are data, and stay."""
        match event:
            case Answered(FailedAnswer() as failed):
                return Answered(replace(failed, error=self._error(failed.error)))
            case LoadFailed(error):
                return LoadFailed(self._error(error))
            case LoadProgress(stage=stage):
                return replace(event, stage=self.text(stage))
            case Loaded(facts=facts):
                hidden = {self.text(name): self.text(value) for name, value in facts.items()}
                return replace(event, facts=hidden)
            case Logged(level, text):
                return Logged(level, self.text(text))
            case _:
                return event

    def split(self, printed: bytes) -> tuple[bytes, bytes]:
        """What may be shown now, and an end that may be the beginning of a value."""
        if self._bytes is not None:
            printed = self._bytes.sub(HIDDEN.encode(), printed)
        shown = without_users(printed)
        start = min(begun_user(shown), self._begun_value(shown))
        return shown[:start], shown[start:]

    def _begun_value(self, shown: bytes) -> int:
        """Where at its end one of the values begins; its length where none does."""
        longest = len(self._values[0]) - 1 if self._values else 0
        for start in range(max(0, len(shown) - longest), len(shown)):
            if any(value.startswith(shown[start:]) for value in self._values):
                return start
        return len(shown)

    def _error(self, error: ErrorInfo) -> ErrorInfo:
        return ErrorInfo(error.type, self.text(error.message), self.text(error.traceback))
