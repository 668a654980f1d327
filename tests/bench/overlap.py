"""L2: two models in two envs, of which none is built: is the second env hidden behind the answers?

The critical path with one worker at a time is the first model with its env, then the second with
its env there: both measured as runs of their own, less what a run costs that asks one question.
Beside it one run after the other, with nothing built.
"""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.workspace import Workspace

SAMPLES = 60
DELAY_S = 0.15
ENVS = {"first": "toy", "second": "rapidocr-3.10"}
"""The second takes seconds to build, and its packages are not imported."""
ROUNDS = 3
GOAL = 1.1


def timed(space: Workspace, *words: str) -> float:
    began_s = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "vlmhb", "run", *words, "--ui", "none"],
        cwd=space.path,
        env=space.environment(),
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - began_s


def without_envs(space: Workspace) -> None:
    shutil.rmtree(space.envs, ignore_errors=True)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="vlmhb-bench-") as name:
        folder = Path(name)
        space = Workspace.create(folder / "user", folder / "envs", samples=SAMPLES)
        for model, env in ENVS.items():
            space.write_model(model, {"delay_s": DELAY_S}, env=env)
            space.write_yaml(
                f"configs/runs/{model}.yaml", {"models": [model], "tasks": ["numbers"]}
            )
        space.write_yaml("configs/runs/both.yaml", {"models": list(ENVS), "tasks": ["numbers"]})
        timed(space, "both", "--limit", "1", "--out", str(folder / "warm"))  # fills uv's cache
        sides: dict[str, list[float]] = {
            "critical path": [],
            "vlmhb, both in one run": [],
            "one run after the other": [],
        }
        for number in range(ROUNDS):
            out = str(folder / f"r{number}-")
            without_envs(space)
            first_s = timed(space, "first", "--out", f"{out}first")
            cold_s = timed(space, "second", "--out", f"{out}cold")
            warm_s = timed(space, "second", "--out", f"{out}warm")
            empty_s = timed(space, "second", "--limit", "1", "--out", f"{out}empty")
            without_envs(space)
            both_s = timed(space, "both", "--out", f"{out}both")
            sides["critical path"].append(first_s + warm_s - empty_s)
            sides["vlmhb, both in one run"].append(both_s)
            sides["one run after the other"].append(first_s + cold_s)
    floor_s = statistics.median(sides["critical path"])
    print(
        f"\n### L2: two envs, {SAMPLES} answers of {DELAY_S * 1e3:.0f} ms each, {ROUNDS} rounds\n"
    )
    print("| side | median s | min-max s | ratio |\n|---|---|---|---|")
    for side, seconds in sides.items():
        median_s = statistics.median(seconds)
        low, high = min(seconds), max(seconds)
        print(f"| {side} | {median_s:.2f} | {low:.2f}-{high:.2f} | {median_s / floor_s:.3f} |")
    print(f"\ngoal: {GOAL} of the critical path")


if __name__ == "__main__":
    main()
