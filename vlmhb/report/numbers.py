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


def scaled(value: float | None, scale: float) -> float | None:
    """`value` as a reference prints it; None when there is no number."""
    return None if value is None else value * scale


def short(value: float | None, scale: float = 1.0) -> str:
    """For tables: `value` times `scale`, a dash when there is no number.

    Fractions have three decimals, and a scale moves the point alone: 0.8514 is 85.1 when it is
    shown times 100. Large numbers have one decimal at most.
    """
    rounded = finite(scaled(value, scale))
    if rounded is None:
        return "–"
    if abs(rounded) >= 1e7:
        return f"{rounded:.3e}"
    decimals = min(9, max(0, 3 - round(math.log10(scale))))
    return f"{rounded:.{decimals if abs(rounded) < 10 else min(1, decimals)}f}"


def interval(low: float | None, high: float | None, scale: float = 1.0) -> str:
    """`0.021–0.034`, both times `scale`; empty when there is no interval."""
    if finite(low) is None or finite(high) is None:
        return ""
    return f"{short(low, scale)}–{short(high, scale)}"


def times(scale: float) -> str:
    """`×100` for the heading of a column with scaled figures, empty where nothing is scaled."""
    return "" if scale == 1 else f"×{scale:g}"


def seconds(value: float | None) -> str:
    """`1.24 s`, or the words `not measured`: an unknown time is not zero."""
    rounded = finite(value)
    if rounded is None:
        return NOT_MEASURED
    return f"{rounded * 1000:.0f} ms" if rounded < 0.1 else f"{rounded:.2f} s"


def percent(share: float) -> str:
    """`12.5 %`; a share that is not 0 is never written as 0."""
    if 0 < share < 0.001:
        return "< 0.1 %"
    return f"{100 * share:.1f} %" if share < 0.1 else f"{100 * share:.0f} %"


def percentile(values: Iterable[float], share: float) -> float | None:
    """The smallest value that at least `share` of `values` do not exceed; None for no values."""
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
