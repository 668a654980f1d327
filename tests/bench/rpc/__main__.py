"""Measure and print; with a path, also write every figure there as JSON."""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests.bench.rpc import calls, starts
from tests.bench.rpc.flood import flood
from tests.bench.rpc.table import HEADER, Row
from tests.bench.rpc.world import World


def main() -> None:
    """All goals."""
    folder = Path(tempfile.mkdtemp(prefix="vlmhb-"))
    try:
        world = World(folder)
        rows = [*calls.tiny(world), *calls.large(world), *calls.in_flight(world)]
        world.close()
        rows += calls.pinned(folder)
        line, flooded = flood(folder)
        rows.append(starts.start(folder))
        share = starts.share(folder)
        missing = dict(world.absent)
    finally:
        shutil.rmtree(folder)
    if isinstance(share, Row):
        rows.append(share)
    else:
        missing["S2"] = share
    rows.sort(key=lambda row: row.goal)
    print(f"Rounds in turns, median (min-max), load {os.getloadavg()[0]:.1f}\n\n{HEADER}")
    for row in rows:
        print(row)
    print(line)
    for name, reason in missing.items():
        print(f"\nmissing: {name}: {reason}")
    for path in sys.argv[1:]:
        figures = [*(row.record() for row in rows), flooded]
        Path(path).write_text(json.dumps({"rows": figures, "missing": missing}, indent=1) + "\n")


if __name__ == "__main__":
    main()
