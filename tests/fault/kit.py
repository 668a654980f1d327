"""What the tests of the goals share: their sizes, their luck, and the table of what they saw."""

import json
import os
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

CI = "ci"
RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is tried."""

    name: str
    """`ci` or `release`."""

    def __call__(self, *, ci: int, release: int) -> int:
        """The number that goes with this size."""
        return release if self.name == RELEASE else ci


@dataclass(frozen=True, slots=True)
class Seen:
    """What a test counted on the way to a goal."""

    goal: str
    tried: int
    lost: int
    duplicated: int
    worst_s: float | None
    """The longest that anything with a limit took; None where nothing has one."""
    note: str


class Goals:
    """Where tests of goals tell what they saw."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def add(
        self,
        goal: str,
        *,
        tried: int,
        lost: int = 0,
        duplicated: int = 0,
        worst_s: float | None = None,
        note: str = "",
    ) -> None:
        """Print it, and append it to the file where there is one."""
        seen = Seen(goal, tried, lost, duplicated, worst_s, note)
        print(seen)
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps(asdict(seen))}\n")


def read_goals(path: Path) -> tuple[Seen, ...]:
    """What tests told, in the order of the goals."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return tuple(sorted((Seen(**json.loads(line)) for line in lines), key=_place))


def _place(seen: Seen) -> tuple[int, str]:
    return int(seen.goal.removeprefix("G")), seen.note


def table(found: Sequence[Seen]) -> str:
    """In Markdown, a line for each."""
    rows = [
        f"| {one.goal} | {one.tried:,} | {one.lost:,} | {one.duplicated:,} | {_worst(one)} "
        f"| {one.note} |"
        for one in found
    ]
    head = ("| goal | tried | lost | duplicated | worst time | what |", "|---|---|---|---|---|---|")
    return "\n".join((*head, *rows))


def _worst(one: Seen) -> str:
    return "" if one.worst_s is None else f"{one.worst_s:.2f} s"


def chance() -> random.Random:
    """The same luck each time, or that of the seed in FAULT_SEED."""
    seed = int(os.environ.get("FAULT_SEED", "20261121"))
    print(f"FAULT_SEED={seed}")
    return random.Random(seed)
