"""What a model took in an earlier run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Past:
    """What one model took in an earlier run on such a machine."""

    run: str
    """Name of its folder."""
    machine: str
    """The GPU, or the processor of a model without one."""
    requests: int
    """How many were answered and timed."""
    request_s: float
    """Seconds for each of them, as they came: of several at a time each counts its part."""
    load_s: float | None
    """None when that was not measured."""
    build_s: float | None
    """What its env took to build."""
    peak_vram_bytes: int | None = None
    on_gpu: bool = False
    window: int = 1
    """How many requests its worker had at once."""
