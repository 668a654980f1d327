"""How large a batch may be, learnt from those that went well and those that did not.

When memory runs out the batch is halved; a single request is asked again with smaller pages, if its
task allows that. What was learnt holds for the worker's life: the same pages come again.
"""

from dataclasses import dataclass
from typing import Optional

from vlmhb_worker.backends.transformers.batches import Limits

SHARE_USED = 0.85
"""Of the free memory: the rest is for what one batch needs more than another of its size."""

LARGEST_STEP = 4
"""How much larger than any that went well a batch may be: a small one tells little of a large."""

SMALLEST_PIXELS = 224 * 224
"""A page below this is not worth an answer, unless its request says otherwise."""


@dataclass(frozen=True)
class Use:
    """What a batch took of a device that tells."""

    filled: int
    """Positions that held something in the end: answers are often shorter than they may be."""
    used_bytes: int
    """At the most, beside the weights."""
    free_bytes: int
    """What it could have taken."""


class Memory:
    """What is known of the device's memory, in positions of the language model."""

    def __init__(self, rows: int, *, grows: bool) -> None:
        self.rows = rows
        """A batch has at most so many."""
        self._grows = grows
        self._safe = 0
        self._ceiling: Optional[int] = None
        self._measured: Optional[int] = None
        self._hopeless: Optional[int] = None

    @property
    def limits(self) -> Limits:
        """What the next batch may be."""
        known = [self._ceiling, self._measured]
        if self._grows:
            known.append(self._safe * LARGEST_STEP)
        bounds = [bound for bound in known if bound is not None]
        return Limits(self.rows, min(bounds) if bounds else None)

    def is_hopeless(self, positions: int) -> bool:
        """Whether a single request of no more than this size has run out of memory before."""
        return self._hopeless is not None and positions >= self._hopeless

    def went_well(self, positions: int, use: Optional[Use] = None) -> None:
        """Learn from a batch of this size that was answered."""
        if positions < self._safe:
            return
        self._safe = positions
        if use is not None and use.used_bytes:
            self._measured = int(SHARE_USED * use.free_bytes * use.filled / use.used_bytes)

    def ran_out(self, rows: int, positions: int) -> None:
        """Learn from a batch that was too large: the next ones have half its size."""
        if rows == 1:
            self._hopeless = min(positions, self._hopeless or positions)
            return
        half = positions // 2
        self._ceiling = half if self._ceiling is None else min(half, self._ceiling)


def fewer_pixels(shown: int, least: Optional[int]) -> Optional[int]:
    """The bound to try when a page of `shown` pixels was too large; None when there is none left.

    `least` is the request's own min_pixels, which may lie below `SMALLEST_PIXELS`.
    """
    half = shown // 2
    return half if half >= (least or SMALLEST_PIXELS) else None
