"""Measure and print: `python -m tests.bench.gpu --help`."""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.bench.gpu.comparisons import rows, table
from tests.bench.gpu.settings import CPU, NEEDED, Settings, read_settings
from tests.bench.gpu.sides import Side, all_sides
from tests.bench.gpu.world import World
from tests.bench.measured import measure
from tests.bench.row import Row
from vlmhb.errors import VlmhbError

NO_GPU = "NO GPU: this shows only that the bench works. The figures say nothing about a GPU."


def about(settings: Settings, sides: Mapping[str, Side]) -> str:
    """What the sides do, and on what."""
    facts = next((side.facts for side in sides.values() if side.facts), {})
    told = ", ".join(f"{name} {value}" for name, value in facts.items())
    name = Path(settings.model).name or "Random weights"
    length = "at most" if settings.model else "exactly"
    return (
        f"{name} ({told}), {settings.samples} pages, answers of {length} {settings.tokens} tokens, "
        "greedy. A whole run is a program from its start to its end, with imports and loading; "
        "vlmhb's has durable answers, scores and a report, too. Answering begins when the model is "
        "loaded and has written a first token."
    )


def rounds(settings: Settings, sides: Mapping[str, Side]) -> Iterator[Row]:
    """All rounds, one side after the other, so that a busy minute hits each of them."""
    for _ in range(settings.rounds):
        for side in sides.values():
            if not side.absent:
                side.rounds.append(side.ask(settings.samples))
    yield from rows(sides)


def main() -> int:
    """Measure and print; 1 if a side that every machine can go could not be gone."""
    settings = read_settings(sys.argv[1:])
    if settings.device == CPU:
        print(NO_GPU, flush=True)
    with tempfile.TemporaryDirectory(prefix="vlmhb-bench-") as name:
        sides = all_sides(World.create(settings, Path(name) / "world"))
        for side in sides.values():
            side.try_out()
        measure("gpu", about(settings, sides), lambda: rounds(settings, sides), settings.keep)
    print(f"\n{table(sides)}")
    if settings.device == CPU:
        print(f"\n{NO_GPU}")
    return int(any(side.absent for name, side in sides.items() if name in NEEDED))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except VlmhbError as error:
        sys.exit(str(error))
