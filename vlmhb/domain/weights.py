"""Weights as they lie on this machine."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class WeightsFolder:
    """One commit of a repo of the hub, or a folder of the user's: all of it that a model needs."""

    repo: str
    """`Org/Name`; empty for a folder of the user's."""
    revision: str
    """What the model file calls it: a commit, a branch or a tag; empty as well."""
    commit: str
    """40 hex digits; empty as well."""
    folder: Path
    """Absolute; its files may be links."""
    files: tuple[str, ...]
    """Paths below `folder`; it may hold others, which no worker gets to see."""
