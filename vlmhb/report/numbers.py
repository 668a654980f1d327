"""How numbers are written: exactly for programs, shortly for people."""

import math
from collections.abc import Iterable

NOT_MEASURED = "not measured"


def finite(value: float | None) -> float | None:
    """`value` rounded to ten significant digits; None when there is no such number.

    Ten digits are more than any metric means, and leave out the last bits in which two machines
    may differ.
    """
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.10g}")


def exact(value: float | None) -> str:
    """For CSV: ten significant digits, empty when there is no number."""
    rounded = finite(value)
    return "" if rounded is None else f"{rounded:.10g}"


def short(value: float | None) -> str:
    """For tables: three decimals, fewer for large numbers, a dash when there is no number."""
    rounded = finite(value)
    if rounded is None:
        return "–"
    size = abs(rounded)
    if size < 10:
        return f"{rounded:.3f}"
    return f"{rounded:.1f}" if size < 1e7 else f"{rounded:.3e}"


def interval(low: float | None, high: float | None) -> str:
    """`0.021–0.034`, empty when there is no interval."""
    if finite(low) is None or finite(high) is None:
        return ""
    return f"{short(low)}–{short(high)}"


def seconds(value: float | None) -> str:
    """`1.24 s`, or the words `not measured`: an unknown time is not zero."""
    rounded = finite(value)
    if rounded is None:
        return NOT_MEASURED
    return f"{rounded * 1000:.0f} ms" if rounded < 0.1 else f"{rounded:.2f} s"


def percentile(values: Iterable[float], share: float) -> float | None:
    """The smallest value that at least `share` of `values` do not exceed; None for no values."""
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
