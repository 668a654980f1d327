"""How long `vlmhb --help` and Tab take, beside what starts with the same Python and less to do.

All sides start a process per round, in turns, so that a busy machine is busy for all of them.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

ROUNDS = 15
LIMIT_S = 0.3
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


def timed(words: list[str], more: Mapping[str, str]) -> float:
    environment = dict(os.environ) | dict(more)
    started = time.perf_counter()
    subprocess.run(words, env=environment, check=True, capture_output=True)
    return time.perf_counter() - started


def main() -> None:
    times: dict[str, list[float]] = {side: [] for side in SIDES}
    for _ in range(ROUNDS):
        for side, (words, more) in SIDES.items():
            times[side].append(timed(words, more))
    floor = statistics.median(times["python -c pass"])
    print(f"\n### Start: {ROUNDS} rounds\n")
    print("| side | median ms | min-max ms | ratio |\n|---|---|---|---|")
    for side, seconds in times.items():
        median = statistics.median(seconds)
        low, high = min(seconds) * 1000, max(seconds) * 1000
        print(f"| {side} | {median * 1000:.0f} | {low:.0f}-{high:.0f} | {median / floor:.2f} |")
    helped = statistics.median(times["vlmhb --help"])
    print(f"\n`vlmhb --help` takes {helped:.3f} s; it may take {LIMIT_S} s.")
    if helped > LIMIT_S:
        sys.exit(1)


if __name__ == "__main__":
    main()
