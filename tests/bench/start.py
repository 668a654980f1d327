"""How long `vlmhb --help` and Tab take, beside what starts with the same Python and less to do.

All sides start a process per round, in turns, so that a busy machine is busy for all of them.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.bench.measured import measure
from tests.bench.row import Row

ROUNDS = 15
LIMIT_MS = 300
"""What `vlmhb --help` may take on an idle machine."""
VLMHB = str(Path(sys.executable).with_name("vlmhb"))
TAB = {"_VLMHB_COMPLETE": "bash_complete", "COMP_WORDS": "vlmhb run qu", "COMP_CWORD": "2"}
OURS: Mapping[str, tuple[list[str], Mapping[str, str]]] = {
    "vlmhb --help": ([VLMHB, "--help"], {}),
    "vlmhb run --help": ([VLMHB, "run", "--help"], {}),
    "vlmhb run qu + Tab": ([VLMHB], TAB),
}
PEERS = ("pass", "import click", "import click, rich.progress", "import pydantic, numpy")


def timed_ms(words: list[str], more: Mapping[str, str]) -> float:
    environment = dict(os.environ) | dict(more)
    started = time.perf_counter()
    subprocess.run(words, env=environment, check=True, capture_output=True)
    return (time.perf_counter() - started) * 1e3


def rows() -> Iterator[Row]:
    found = {
        (side, peer): Row("", side, "ms", f"python -c '{peer}'") for side in OURS for peer in PEERS
    }
    for _ in range(ROUNDS):
        ours_ms = {side: timed_ms(words, more) for side, (words, more) in OURS.items()}
        peers_ms = {peer: timed_ms([sys.executable, "-c", peer], {}) for peer in PEERS}
        for (side, peer), row in found.items():
            row.add(ours_ms[side], peers_ms[peer])
    yield from found.values()
    helped_ms = statistics.median(found["vlmhb --help", "pass"].ours)
    yield Row("", "vlmhb --help, median", "ms", limit=LIMIT_MS, ours=[helped_ms])


if __name__ == "__main__":
    measure("start", __doc__, rows)
