"""Energy, power and work of a card over a worker's life. Pure."""

from dataclasses import dataclass

from vlmhb.system.gpu_counters import GpuCounters

J_PER_WH = 3600.0
COVERED = 0.9
"""The share of a time that must have been watched before its energy is told."""


@dataclass(slots=True)
class _Sum:
    """Something over the whole life, and over the part of it with owed answers."""

    whole: float = 0.0
    answering: float = 0.0

    def add(self, amount: float, share: float) -> None:
        self.whole += amount
        self.answering += amount * share


class Power:
    """What a card's energy counter and power readings come to.

    The counter is exact whatever the interval. Where there is none, or it was reset, power is
    integrated over time. What happened between two looks is split by the share of the time between
    them in which answers were owed.
    """

    def __init__(self) -> None:
        self.last_w: float | None = None
        """At the last look; the mean since the look before for a card that tells only energy."""
        self._at_s: float | None = None
        self._answering_s = 0.0
        self._counter_j: float | None = None
        self._energy_j = _Sum()
        self._energy_over_s = _Sum()
        self._busy_s = _Sum()
        self._busy_over_s = _Sum()
        self._sources: set[str] = set()

    def see(self, at_s: float, answering_s: float, gpu: GpuCounters) -> None:
        """A look at the card, `at_s` into the life of which so much was answering."""
        over_s = 0.0 if self._at_s is None else at_s - self._at_s
        share = (answering_s - self._answering_s) / over_s if over_s > 0 else 0.0
        if over_s > 0:
            self._add_energy(gpu, over_s, share)
            if gpu.utilisation is not None:
                self._busy_s.add(gpu.utilisation * over_s, share)
                self._busy_over_s.add(over_s, share)
        else:
            self.last_w = gpu.power_w
        self._at_s, self._answering_s, self._counter_j = at_s, answering_s, gpu.energy_j

    @property
    def source(self) -> str:
        """`counter`, `power`, both of them, or nothing when there is no energy."""
        return " and ".join(sorted(self._sources))

    @property
    def mean_w(self) -> float | None:
        """While answers were owed."""
        return _ratio(self._energy_j.answering, self._energy_over_s.answering)

    @property
    def mean_utilisation(self) -> float | None:
        """While answers were owed, in [0, 1]."""
        return _ratio(self._busy_s.answering, self._busy_over_s.answering)

    def energy_wh(self, alive_s: float) -> float | None:
        """Of the whole life; None when too little of it was watched."""
        return _told(self._energy_j.whole, self._energy_over_s.whole, alive_s)

    def answering_energy_wh(self, answering_s: float) -> float | None:
        """The same, of the time in which answers were owed."""
        return _told(self._energy_j.answering, self._energy_over_s.answering, answering_s)

    def _add_energy(self, gpu: GpuCounters, over_s: float, share: float) -> None:
        spent_j, source = None, "counter"
        if gpu.energy_j is not None and self._counter_j is not None:
            spent_j = gpu.energy_j - self._counter_j
        mean_w = None if gpu.power_w is None else (gpu.power_w + (self.last_w or gpu.power_w)) / 2
        if spent_j is None or spent_j < 0:  # a driver that was loaded anew counts from zero
            spent_j = None if mean_w is None else mean_w * over_s
            source = "power"
        self.last_w = gpu.power_w
        if spent_j is None:
            return
        if self.last_w is None:
            self.last_w = spent_j / over_s
        self._energy_j.add(spent_j, share)
        self._energy_over_s.add(over_s, share)
        self._sources.add(source)


def _ratio(amount: float, seconds: float) -> float | None:
    return amount / seconds if seconds > 0 else None


def _told(energy_j: float, over_s: float, of_s: float) -> float | None:
    is_covered = over_s > 0 and over_s >= COVERED * of_s
    return energy_j / J_PER_WH if is_covered else None
