"""How a figure is spread over many measurements."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from vlmhb.report.numbers import percentile


@dataclass(frozen=True, slots=True)
class Spread:
    """Percentiles: each the smallest measurement that so many in a hundred do not exceed."""

    n: int
    """Measurements."""
    p05: float
    p25: float
    p50: float
    p75: float
    p95: float
    p99: float


SHARES = (0.05, 0.25, 0.50, 0.75, 0.95, 0.99)


def spread_of(values: Iterable[float | None]) -> Spread | None:
    """None where nothing was measured; None among the values is left out."""
    known = sorted(value for value in values if value is not None and math.isfinite(value))
    found = [figure for share in SHARES if (figure := percentile(known, share)) is not None]
    return Spread(len(known), *found) if found else None
