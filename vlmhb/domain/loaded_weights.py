"""Which weights a worker was given."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LoadedWeights:
    """Enough to find the same files again."""

    source: str
    """`Org/Name`, or the folder they were read from."""
    commit: str
    """40 hex digits; empty for a folder."""
    sha256: str
    """64 hex digits that change with the weights."""
    also: "tuple[LoadedWeights, ...]" = ()
    """Further repos, which the model's code may open by name."""
