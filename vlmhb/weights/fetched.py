"""Weights that are here."""

from dataclasses import dataclass
from pathlib import Path

from vlmhb.domain.weights import WeightsFolder


@dataclass(frozen=True, slots=True)
class FetchedWeights:
    """All that a model needs, on this machine."""

    folder: Path
    """Absolute; what the model is loaded from."""
    repo: str
    """Empty for a local folder."""
    revision: str
    """What the model file says; empty for a local folder."""
    revision_commit: str
    """40 hex digits; empty for a local folder."""
    digest: str
    """64 hex digits that change with the weights, and with those of the further repos."""
    files: tuple[str, ...]
    """Paths below `folder`, sorted; a folder of the cache may hold more than was asked for."""
    size_bytes: int
    also: "tuple[FetchedWeights, ...]" = ()
    """Further repos, which the model's code opens by name."""

    @property
    def folders(self) -> tuple[WeightsFolder, ...]:
        """What the model is loaded from, then every repo that its code may open by name."""
        own = WeightsFolder(self.repo, self.revision, self.revision_commit, self.folder, self.files)
        return (own, *(folder for one in self.also for folder in one.folders))


@dataclass(frozen=True, slots=True)
class Absent:
    """Weights that are not here, or not all of them."""

    what: str
    """What is missing."""
    commit: str = ""
    """Of which; empty when that is not known here."""
