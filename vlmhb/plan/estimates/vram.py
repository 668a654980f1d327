"""VRAM: what a model will need of a GPU."""

from dataclasses import dataclass

from vlmhb.domain.needs import Amount
from vlmhb.domain.sizes import gib

MARGIN = 1.2
"""For what is worked out on the way: activations and the KV cache grow with the model."""
FIXED_BYTES = 1 << 30
"""A CUDA context with its libraries, and the page."""


@dataclass(frozen=True, slots=True)
class GpuNeed:
    """What one model needs of the memory of each of its GPUs."""

    model: str
    amount: Amount
    """None: nothing says."""
    is_asked: bool = False
    """Its file asks for so much free memory, and it is not started with less."""
    problem: str = ""
    """Why it cannot have it now; empty when it can, or when that is not known."""
    warning: str = ""
    """What an estimate makes likely."""
    count: int = 1
    """How many GPUs one worker takes."""


def gpu_need(
    model: str,
    asked_gib: float,
    numbers: Amount,
    peak_bytes: int | None,
    run: str,
    count: int = 1,
) -> GpuNeed:
    """The best that is known: what its file asks for, what was measured, or an estimate.

    `peak_bytes` is what was in use on the GPU in the earlier run called `run`; `count` is how many
    GPUs the model is split over.
    """
    if asked_gib > 0:
        asked = Amount(int(asked_gib * (1 << 30)), "its file asks for it")
        return GpuNeed(model, asked, is_asked=True, count=count)
    if peak_bytes is not None:
        peak = Amount(peak_bytes, f"the most that was in use in {run}")
        return GpuNeed(model, peak, count=count)
    if numbers.size_bytes is None:
        unknown = Amount(None, numbers.why or "its weights are not known")
        return GpuNeed(model, unknown, count=count)
    share = f" / {count}" if count > 1 else ""
    how = f"estimated: weights as stored ({gib(numbers.size_bytes)}){share} + 20 % + 1 GiB"
    each = int(numbers.size_bytes / count * MARGIN) + FIXED_BYTES
    return GpuNeed(model, Amount(each, how), count=count)
