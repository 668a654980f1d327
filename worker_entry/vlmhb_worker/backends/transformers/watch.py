"""What goes on in `generate`, seen token by token."""

import time
from typing import Any, Callable, List, Optional, Sequence, Set, Tuple

LOOK_BACK = 16
"""Tokens read again when a stop string is looked for, beside as many as it has bytes."""


class Watch:
    """A stopping criterion that stops at stop strings and cancels, and keeps what was written.

    It is called by `generate` after every token with all ids so far. Where the prompt is given as
    embeddings those ids hold the answer alone; so what came before the answer is taken from the
    first call, when one token has been written.
    """

    def __init__(
        self,
        rows: int,
        stop: Sequence[str] = (),
        decode: Optional[Callable[[List[int]], str]] = None,
        is_cancelled: Optional[Callable[[int], bool]] = None,
        on_end: Optional[Callable[[int], None]] = None,
    ) -> None:
        self.first_token_s: Optional[float] = None
        """From `start` to the first token; None before it."""
        self.end_ids: Set[int] = set()
        """Tokens that end an answer; set by whoever calls `generate`."""
        self.stops_rows = True
        """Whether this transformers (4.39 and later) can stop one row of a batch."""
        self._stop = tuple(stop)
        self._look_back = LOOK_BACK + max((len(text.encode()) for text in stop), default=0)
        self._decode = decode
        self._is_cancelled = is_cancelled
        self._on_end = on_end
        self._lengths: List[Optional[int]] = [None] * rows
        self._prompt = 0
        self._ids: Any = None
        self._started_s = time.monotonic()

    def start(self) -> None:
        """Begin to count the time, and forget what was seen before."""
        self.first_token_s = None
        self._lengths = [None] * len(self._lengths)
        self._ids = None
        self._started_s = time.monotonic()

    def as_list(self) -> Any:
        """The `stopping_criteria` that holds this watch."""
        import transformers

        return transformers.StoppingCriteriaList([self])  # type: ignore[list-item]

    def __call__(self, input_ids: Any, *_: Any, **__: Any) -> Any:
        """Whether each row is done (a tensor), or all are (a bool) for older transformers."""
        newest = input_ids[:, -1].tolist()
        if self.first_token_s is None:
            self.first_token_s = time.monotonic() - self._started_s
            self._prompt = input_ids.shape[1] - 1
        self._ids = input_ids
        written = input_ids.shape[1] - self._prompt
        for row, token in enumerate(newest):
            if self._lengths[row] is None:
                self._look(row, token, written)
        done = [length is not None for length in self._lengths]
        if not self.stops_rows:
            return all(done)
        return input_ids.new_tensor(done).bool()

    def finish(self, written: Any) -> None:
        """Take the last token from what `generate` returned.

        Before 4.39 the library asks its criteria until one says stop, and its own come first.
        """
        ids = getattr(written, "sequences", written)
        seen = 0 if self._ids is None else self._ids.shape[1]
        if hasattr(ids, "new_tensor") and (seen == 0 or ids.shape[1] == seen + 1):
            self(ids)

    def tokens(self, row: int) -> List[int]:
        """What was written in a row, up to and with the token that ended it."""
        if self._ids is None:
            return []
        length = self._lengths[row]
        written = self._ids[row, self._prompt :].tolist()
        return written if length is None else written[:length]

    def count(self, row: int) -> Optional[int]:
        """How many tokens were written in a row; None when `generate` did not ask."""
        return None if self._ids is None else len(self.tokens(row))

    def finish_reason(self, row: int) -> str:
        """`stop`, or `length` when the row went on until it was not let go on."""
        return "length" if self._ids is not None and self._lengths[row] is None else "stop"

    def _look(self, row: int, token: int, written: int) -> None:
        is_cancelled = self._is_cancelled is not None and self._is_cancelled(row)
        if token in self.end_ids or is_cancelled or self._has_stop(row, written):
            self._lengths[row] = written
            if self._on_end is not None and not is_cancelled:
                self._on_end(row)

    def _has_stop(self, row: int, written: int) -> bool:
        if not self._stop or self._decode is None:
            return False
        tail = self._ids[row, -min(written, self._look_back) :].tolist()
        text = self._decode(tail)
        return any(stop in text for stop in self._stop)


def cut_at(text: str, stop: Sequence[str]) -> Tuple[str, bool]:
    """(text up to the first stop string in it, whether there was one)."""
    places = [text.find(mark) for mark in stop if mark and mark in text]
    return (text[: min(places)].rstrip(), True) if places else (text, False)
