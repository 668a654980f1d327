"""What an export is: files to be written, and what their format could not hold."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Export:
    """Nothing is written yet."""

    contents: Mapping[str, bytes]
    """Path below the folder that is exported to, with forward slashes -> content."""
    notes: tuple[str, ...] = ()
    """What was left out, and why."""
