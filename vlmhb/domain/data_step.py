"""How far getting a task's data ready has come."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class DataStep:
    """A dataset is being fetched, read or rendered, and this much of that is done."""

    doing: str
    """For the user, e.g. `fetching DocVQA_VAL.tsv`; another text is another stage."""
    done: int = 0
    total: int = 0
    """0 when nobody knows."""
    unit: Literal["bytes", "files", "pages"] = "bytes"
    """What is counted."""
    is_least: bool = False
    """Whether the total may still grow: documents that were not opened count as one page."""


OnData: TypeAlias = Callable[[DataStep], None]
"""May be called by several threads, one at a time for each stage."""


def say_nothing(_step: DataStep) -> None:
    """For those who do not care to hear."""
