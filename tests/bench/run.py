"""L1: a whole run beside a plain script that loads the toy and asks it every question.

The run is `vlmhb run` in a new folder with its env there, from its start to its report, with
every answer synced. Both wait 100 ms per answer. The two sides of a round run at the same time,
since both do little but wait. What a run of one answer takes longer, every run takes longer.
"""

import itertools
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.bench.measured import measure
from tests.bench.row import Row
from tests.workspace import MAIN, Workspace

SAMPLES = 400
DELAY_S = 0.1
ROUNDS = 7

BARE = """
import sys, tempfile
from vlmhb_worker.backend import LoadJob, Page, Request
from vlmhb_worker.backends.toy import ToyBackend
backend = ToyBackend()
backend.load(LoadJob({"delay_s": float(sys.argv[2])}, tempfile.mkdtemp(), 0), lambda *_: None)
for number in range(int(sys.argv[3])):
    page = Page("", f"{sys.argv[1]}/data/images/page{number}.png")
    backend.answer(Request(str(number), "Which number?", "", [page]))
"""


def rows() -> Iterator[Row]:
    many = Row("L1", f"run of {SAMPLES} answers", "s", "bare loop", 1.02)
    one = Row("", "run of one answer", "s", "bare loop")
    with tempfile.TemporaryDirectory(prefix="vlmhb-bench-") as name, ThreadPoolExecutor() as both:
        folder = Path(name)
        space = Workspace.create(folder / "user", folder / "envs", samples=SAMPLES)
        space.write_model("model", {"delay_s": DELAY_S})
        space.vlmhb("run", "run", "--limit", "1", "--ui", "none")  # builds the env
        for number, (row, count) in itertools.product(range(ROUNDS), ((many, SAMPLES), (one, 1))):
            out = str(folder / f"{count}-{number}")
            limited = ["run", "run", "--ui", "none", "--out", out, "--limit", str(count)]
            bare = [sys.executable, "-c", BARE, str(space.path), str(DELAY_S), str(count)]
            ours = both.submit(taken_s, [*MAIN, *limited], space)
            bare_s = taken_s(bare, space)
            row.add(ours.result(), bare_s)
    yield from (many, one)


def taken_s(command: list[str], space: Workspace) -> float:
    """Seconds of a whole process."""
    began_s = time.perf_counter()
    subprocess.run(
        command, cwd=space.path, env=space.environment(), check=True, capture_output=True
    )
    return time.perf_counter() - began_s


if __name__ == "__main__":
    measure("run", __doc__, rows)
