"""What a worker is told to load."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vlmhb.domain.model import ModelSpec


@dataclass(frozen=True, slots=True)
class LoadOrder:
    """A model, and what this machine adds to its description."""

    model: ModelSpec
    seed: int
    weights: str = ""
    """Folder, counted from the worker's scratch; empty for a model without weights."""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Name -> value of the secrets that the model names."""
