"""Readings of a long life -> as many points as a chart can show."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vlmhb.domain.telemetry import Reading


@dataclass(frozen=True, slots=True)
class Curve:
    """One figure of one worker over time."""

    runs: tuple[tuple[tuple[float, float], ...], ...]
    """(seconds, figure) without a gap; what was not measured is between two of them."""

    @property
    def figures(self) -> tuple[float, ...]:
        """All of them."""
        return tuple(figure for run in self.runs for _, figure in run)


def curve_of(
    readings: Sequence[Reading],
    figure_of: Callable[[Reading], float | None],
    *,
    is_peak: bool,
    most: int,
) -> Curve:
    """At most `most` points, each for equally long.

    A point is the highest figure of its time for memory (`is_peak`), and else the mean, readings
    weighing as much as the time that they cover. A time in which nothing was measured is a gap.
    """
    if not readings:
        return Curve(())
    slot_s = max(max(reading.at_s for reading in readings) / most, 1e-9)
    slots: list[list[Reading]] = [[] for _ in range(most)]
    for reading in readings:
        slots[max(0, min(most, math.ceil(reading.at_s / slot_s)) - 1)].append(reading)
    runs: list[list[tuple[float, float]]] = [[]]
    for slot in filter(None, slots):
        known = [
            (figure, reading)
            for reading in slot
            if (figure := figure_of(reading)) is not None and math.isfinite(figure)
        ]
        if known:
            runs[-1].append((slot[-1].at_s, _merged(known, is_peak=is_peak)))
        elif runs[-1]:
            runs.append([])
    return Curve(tuple(tuple(run) for run in runs if run))


def _merged(known: Sequence[tuple[float, Reading]], *, is_peak: bool) -> float:
    if is_peak:
        return max(figure for figure, _ in known)
    covered_s = sum(reading.over_s for _, reading in known)
    if covered_s <= 0:
        return known[-1][0]
    return sum(figure * reading.over_s for figure, reading in known) / covered_s
