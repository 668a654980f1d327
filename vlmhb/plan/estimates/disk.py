"""Disks: what a run puts on each of them, held against what is free."""

from collections.abc import Sequence
from dataclasses import dataclass

from vlmhb.domain.needs import Amount, Disk, Obstacle
from vlmhb.domain.sizes import gib

SPARE_BYTES = 64 << 20
"""Left for everything else that is written meanwhile."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What one kind of files takes on a disk."""

    kind: str
    """e.g. `uv cache`."""
    disk: Disk
    least_bytes: int
    """What they take in any case: counted, not estimated."""
    likely: Amount
    """What they will probably take in all; not below `least_bytes`."""
    setting: str = ""
    """The variable that moves them."""


@dataclass(frozen=True, slots=True)
class DiskOutlook:
    """One disk, and all that comes to it."""

    disk: Disk
    demands: tuple[Demand, ...]

    @property
    def least_bytes(self) -> int:
        """What comes to it in any case."""
        return sum(demand.least_bytes for demand in self.demands)

    @property
    def likely(self) -> Amount:
        """What will probably come; not known as long as one of the parts is not."""
        unknown = [demand for demand in self.demands if demand.likely.size_bytes is None]
        if unknown:
            return Amount(None, "; ".join(f"{one.kind}: {one.likely.why}" for one in unknown))
        return Amount(sum(one.likely.size_bytes or 0 for one in self.demands))

    @property
    def known_bytes(self) -> int:
        """The parts that are known or estimated, and of the others what they take at least."""
        return sum(
            demand.least_bytes if demand.likely.size_bytes is None else demand.likely.size_bytes
            for demand in self.demands
        )

    @property
    def obstacle(self) -> Obstacle | None:
        """Why the run would certainly fill it; None when that is not certain."""
        if not self.least_bytes or self.least_bytes + SPARE_BYTES <= self.disk.free_bytes:
            return None
        problem = (
            f"{self.disk.point} has {gib(self.disk.free_bytes)} free, and at least"
            f" {gib(self.least_bytes)} will come to it"
        )
        return Obstacle(problem, self.fix)

    @property
    def warning(self) -> str:
        """What may go wrong, when nothing certainly does; else empty."""
        if self.obstacle or self.known_bytes + SPARE_BYTES <= self.disk.free_bytes:
            return ""
        return (
            f"{self.disk.point} may not suffice: {gib(self.disk.free_bytes)} free, about"
            f" {gib(self.known_bytes)} may come to it; {self.fix}"
        )

    @property
    def fix(self) -> str:
        """What helps when it does not suffice."""
        settings = dict.fromkeys(one.setting for one in self.demands if one.setting)
        moved = f", or set {' or '.join(settings)} to a folder on a larger disk" if settings else ""
        return f"free space{moved}"


def judge_disks(demands: Sequence[Demand]) -> tuple[DiskOutlook, ...]:
    """Every disk that something comes to, in the order of the demands."""
    disks = {demand.disk.number: demand.disk for demand in reversed(demands)}
    order = dict.fromkeys(demand.disk.number for demand in demands)
    return tuple(
        DiskOutlook(disks[number], tuple(one for one in demands if one.disk.number == number))
        for number in order
    )
