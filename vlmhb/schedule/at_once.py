"""How much of a run may be under way at the same time."""

from dataclasses import dataclass

from vlmhb.domain.run import PREFETCH


@dataclass(frozen=True, slots=True)
class AtOnce:
    """The most at the same time."""

    workers: int | None = None
    """None: as many as there is room for."""
    ahead: int = PREFETCH
    """Models whose weights are fetched while no slot waits for them."""


USUAL = AtOnce()
