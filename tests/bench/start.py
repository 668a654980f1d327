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
SIDES: Mapping[str, tuple[list[str], Mapping[str, str]]] = {
    "python -c pass": ([sys.executable, "-c", "pass"], {}),
    "import click": ([sys.executable, "-c", "import click"], {}),
    "vlmhb --help": ([VLMHB, "--help"], {}),
    "vlmhb run --help": ([VLMHB, "run", "--help"], {}),
    "vlmhb run qu + Tab": ([VLMHB], TAB),
    "import click, rich.progress": ([sys.executable, "-c", "import click, rich.progress"], {}),
    "import pydantic, numpy": ([sys.executable, "-c", "import pydantic, numpy"], {}),
}


def timed_ms(words: list[str], more: Mapping[str, str]) -> float:
    environment = dict(os.environ) | dict(more)
    started = time.perf_counter()
    subprocess.run(words, env=environment, check=True, capture_output=True)
    return (time.perf_counter() - started) * 1e3


def rows() -> Iterator[Row]:
    bare, *others = SIDES
    found = {side: Row("", side, "ms", bare) for side in others}
    for _ in range(ROUNDS):
        took = {side: timed_ms(words, more) for side, (words, more) in SIDES.items()}
        for side, row in found.items():
            row.add(took[side], took[bare])
    yield from found.values()
    helped_ms = statistics.median(found["vlmhb --help"].ours)
    yield Row("", "vlmhb --help, median", "ms", limit=LIMIT_MS, ours=[helped_ms])


if __name__ == "__main__":
    measure("start", __doc__, rows)
