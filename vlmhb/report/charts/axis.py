"""Where a figure lies on an axis, and which round numbers are written beside it."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vlmhb.domain.digest import Json

WIDE = 20.0
"""An axis whose ends differ by this factor or more is logarithmic."""
SAME = 1e-4
"""Figures that differ by less than this share of themselves would have the same tick labels."""
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_EDGE = 0.04
TINY = 1e-100
"""Nothing that is measured is smaller; arithmetic ends a little below."""


@dataclass(frozen=True, slots=True)
class Axis:
    """From its first figure to its last one."""

    start: float
    end: float
    ticks: tuple[float, ...]
    is_log: bool = False

    def share(self, figure: float) -> float:
        """How far along the axis a figure lies: 0 at its start, 1 at its end."""
        if self.is_log:
            return math.log(figure / self.start) / math.log(self.end / self.start)
        return (figure - self.start) / (self.end - self.start)

    @property
    def scale(self) -> dict[str, Json]:
        """As Vega-Lite wants it."""
        kind = "log" if self.is_log else "linear"
        return {"type": kind, "domain": [self.start, self.end], "nice": False, "zero": False}


def axis_over(figures: Iterable[float], *, from_zero: bool, count: int = 5) -> Axis:
    """An axis that holds all `figures` with a little room.

    It is logarithmic where they span more than a linear one can show. `from_zero` starts it at
    zero, where nothing is negative and it is not logarithmic.
    """
    known = sorted(figure for figure in figures if math.isfinite(figure))
    low, high = (known[0], known[-1]) if known else (0.0, 1.0)
    if from_zero and low > TINY and high / low >= WIDE:
        return _log_axis(low, high)
    if from_zero and low >= 0:
        low = 0.0
    if from_zero and low == 0 and high <= TINY:
        high = 1.0
    if high - low <= max(TINY, max(abs(low), abs(high)) * SAME):
        low, high = _around(low)
    room = (high - low) * _EDGE
    start = low if from_zero and low == 0 else low - room
    end = high + room
    return Axis(start, end, _round_numbers(start, end, count))


def _around(figure: float) -> tuple[float, float]:
    reach = abs(figure) * 0.1 if abs(figure) > TINY else 0.1
    return figure - reach, figure + reach


def _log_axis(low: float, high: float) -> Axis:
    start, end = low / (high / low) ** _EDGE, high * (high / low) ** _EDGE
    first, last = math.floor(math.log10(start)), math.ceil(math.log10(end))
    mantissas: Sequence[float] = (1.0, 2.0, 5.0) if last - first <= 3 else (1.0,)
    decades = range(first, last + 1, max(1, (last - first) // 6))
    candidates = (mantissa * 10.0**decade for decade in decades for mantissa in mantissas)
    ticks = tuple(_rounded(tick) for tick in candidates if start <= tick <= end)
    return Axis(start, end, ticks, is_log=True)


def _round_numbers(start: float, end: float, count: int) -> tuple[float, ...]:
    rough = (end - start) / count
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * factor for factor in STEPS if unit * factor >= rough * (1 - 1e-9))
    first, last = math.ceil(start / step - 1e-9), math.floor(end / step + 1e-9)
    return tuple(_rounded(number * step) for number in range(first, last + 1))


def _rounded(tick: float) -> float:
    return float(f"{tick:.6g}")
