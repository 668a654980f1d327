"""A seal on the weights that a worker sees: broken when their files changed meanwhile.

The files belong to the user, and a worker runs with the user's rights: nothing here keeps it from
writing through a link. What it wrote is found out afterwards.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vlmhb.domain.weights import WeightsFolder

_State = tuple[int, int] | None
"""Size and time of the last change; None for a file that is not there."""


@dataclass(frozen=True, slots=True)
class Seal:
    """The state of every file, by the place of its content."""

    _before: dict[Path, tuple[str, _State]]

    @classmethod
    def on(cls, weights: Iterable[WeightsFolder]) -> "Seal":
        """A seal on these files as they are now."""
        # The content, not the link to it: who fetches the same repo meanwhile makes links anew.
        contents = (
            (Path(one.folder, name).resolve(), f"{one.repo or one.folder}: {name}")
            for one in weights
            for name in one.files
        )
        return cls({path: (name, _state(path)) for path, name in contents})

    def broken(self) -> tuple[str, ...]:
        """The files that changed, each with its repo or folder."""
        return tuple(name for path, (name, was) in self._before.items() if _state(path) != was)


def _state(path: Path) -> _State:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
