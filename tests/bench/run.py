"""L1: what a whole run costs beyond the model's own time.

Side A is a plain script that loads the toy backend and asks it every question; side B is
`vlmhb run` of the same questions in a new folder with the env built, durability, scoring and
report included.
Both wait 100 ms per answer.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.workspace import Workspace

SAMPLES = 600
DELAY_S = 0.1
ROUNDS = 3

BARE = """
import sys, tempfile
from vlmhb_worker.backend import LoadJob, Request
from vlmhb_worker.backends.toy import ToyBackend
backend = ToyBackend()
backend.load(LoadJob({"delay_s": float(sys.argv[2])}, tempfile.mkdtemp(), 0), lambda *_: None)
for number in range(int(sys.argv[3])):
    page = f"{sys.argv[1]}/data/images/page{number}.png"
    backend.answer(Request(str(number), "Which number?", "", [page]))
"""


def timed(command: list[str], space: Workspace) -> float:
    started = time.perf_counter()
    subprocess.run(
        command, cwd=space.path, env=space.environment(), check=True, capture_output=True
    )
    return time.perf_counter() - started


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="vlmhb-bench-") as name:
        folder = Path(name)
        space = Workspace.create(folder / "user", folder / "envs", samples=SAMPLES)
        space.write_model("model", {"delay_s": DELAY_S})
        vlmhb = [sys.executable, "-m", "vlmhb", "run", "run", "--ui", "none"]
        subprocess.run(
            [*vlmhb, "--limit", "1"],
            cwd=space.path,
            env=space.environment(),
            check=True,
            capture_output=True,
        )
        bare = [sys.executable, "-c", BARE, str(space.path), str(DELAY_S), str(SAMPLES)]
        times: dict[str, list[float]] = {"bare loop": [], "vlmhb run": []}
        for number in range(ROUNDS):
            times["bare loop"].append(timed(bare, space))
            times["vlmhb run"].append(timed([*vlmhb, "--out", str(folder / f"r{number}")], space))
    floor = statistics.median(times["bare loop"])
    print(f"\n### L1: whole run, {SAMPLES} answers of {DELAY_S * 1000:.0f} ms, {ROUNDS} rounds\n")
    print("| side | median s | min-max s | ratio |\n|---|---|---|---|")
    for side, seconds in times.items():
        median = statistics.median(seconds)
        print(
            f"| {side} | {median:.2f} | {min(seconds):.2f}-{max(seconds):.2f} "
            f"| {median / floor:.3f} |"
        )


if __name__ == "__main__":
    main()
