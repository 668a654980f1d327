"""Measure and print."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench import rpc
from tests.bench.measured import measure
from tests.bench.row import Row
from tests.bench.rpc import calls, starts
from tests.bench.rpc.flood import flood
from tests.bench.rpc.world import World


def rows() -> Iterator[Row]:
    """R1 to R5, and S1."""
    folder = Path(tempfile.mkdtemp(prefix="vlmhb-"))
    try:
        world = World(folder)
        yield from calls.tiny(world)
        yield from calls.pinned(folder)
        yield from calls.large(world)
        yield from calls.in_flight(world)
        world.close()
        for peer, reason in world.absent.items():
            yield Row("R1", "a frame and its reply", "us", peer, absent=reason)
        yield from flood(folder)
        yield starts.start(folder)
        yield starts.share(folder)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    measure("rpc", rpc.__doc__, rows)
