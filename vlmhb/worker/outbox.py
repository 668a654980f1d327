"""Frames on their way into a pipe that takes only so much at a time."""

import os
from collections import deque
from collections.abc import Sequence

Frame = Sequence[bytes | memoryview]
"""Its parts, in order. They must not change until they are written."""

PARTS_AT_ONCE = 1024
"""What one writev takes."""


class Outbox:
    """What the worker is told next: what is on its way, then urgent frames, then the others."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._leaving: list[bytes | memoryview] = []
        self._urgent: deque[Frame] = deque()
        self._waiting: dict[str | int, Frame] = {}
        self._count = 0

    def __bool__(self) -> bool:
        return bool(self._leaving or self._urgent or self._waiting)

    def add(self, frame: Frame, key: str | None) -> None:
        """Put a frame behind all others; `key` names it for `withdraw`."""
        self._count += 1
        self._waiting[self._count if key is None else key] = frame

    def add_urgent(self, frame: Frame) -> None:
        """Put a frame before all that have not begun to leave."""
        self._urgent.append(frame)

    def withdraw(self, key: str) -> bool:
        """Forget the frame `key`; False when it has left, or begun to."""
        return self._waiting.pop(key, None) is not None

    def withdraw_all(self) -> None:
        """Forget every frame that is not urgent and has not begun to leave."""
        self._waiting.clear()

    def forget(self) -> None:
        """Forget every frame, also the rest of one that has begun to leave."""
        self._leaving.clear()
        self._urgent.clear()
        self._waiting.clear()

    def flush(self) -> None:
        """Write what the pipe takes now; forget everything when nobody reads it any more."""
        try:
            while self._leaving or self._take_next():
                self._advance(os.writev(self._pipe, self._leaving[:PARTS_AT_ONCE]))
        except BlockingIOError:
            return
        except OSError:  # the worker is going; its death tells the rest
            self.forget()

    def _take_next(self) -> bool:
        if self._urgent:
            self._leaving = list(self._urgent.popleft())
        elif self._waiting:
            self._leaving = list(self._waiting.pop(next(iter(self._waiting))))
        return bool(self._leaving)

    def _advance(self, written: int) -> None:
        done = 0
        for part in self._leaving:
            if written < len(part):
                break
            written -= len(part)
            done += 1
        del self._leaving[:done]
        if written:
            self._leaving[0] = memoryview(self._leaving[0])[written:]
