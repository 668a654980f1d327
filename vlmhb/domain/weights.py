"""Weights as they lie on this machine."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class CachedRepo:
    """One commit of a repo of the hub, all of it that a model needs."""

    repo: str
    """`Org/Name`."""
    revision: str
    """What the model file calls it: a commit, a branch or a tag."""
    commit: str
    """40 hex digits."""
    folder: Path
    """Absolute; its files may be links."""
