"""L2: two models in two envs, of which none is built: is the second env hidden behind the answers?

The critical path with one worker at a time is the first model with its env, then the second with
its env there: both measured as runs of their own, less what a run costs that asks one question.
Beside it one run after the other, with nothing built.
"""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.measured import measure
from tests.bench.row import Row, timed_s
from tests.workspace import Workspace

SAMPLES = 24
DELAY_S = 0.15
ENVS = {"first": "toy", "second": "rapidocr-3.10"}
"""The second takes seconds to build, and its packages are not imported."""
ROUNDS = 7


def taken_s(space: Workspace, *words: str) -> float:
    """Seconds of `vlmhb run words...`."""

    def run() -> None:
        finished = space.vlmhb("run", *words, "--ui", "none")
        assert finished.code == 0, finished.err

    return timed_s(run)


def without_envs(space: Workspace) -> None:
    shutil.rmtree(space.envs, ignore_errors=True)


def rows() -> Iterator[Row]:
    what = f"two models of {SAMPLES} answers of {DELAY_S * 1e3:g} ms"
    path = Row("L2", what, "s", "critical path", 1.1)
    sequence = Row("", what, "s", "one run after the other")
    with tempfile.TemporaryDirectory(prefix="vlmhb-bench-") as name:
        folder = Path(name)
        space = Workspace.create(folder / "user", folder / "envs", samples=SAMPLES)
        for model, env in ENVS.items():
            space.write_model(model, {"delay_s": DELAY_S}, env=env)
            space.write_yaml(
                f"configs/runs/{model}.yaml", {"models": [model], "tasks": ["numbers"]}
            )
        space.write_yaml("configs/runs/both.yaml", {"models": list(ENVS), "tasks": ["numbers"]})
        taken_s(space, "both", "--limit", "1", "--out", str(folder / "warm"))  # fills uv's cache
        for number in range(ROUNDS):
            out = str(folder / f"r{number}-")
            without_envs(space)
            first_s = taken_s(space, "first", "--out", f"{out}first")
            cold_s = taken_s(space, "second", "--out", f"{out}cold")
            warm_s = taken_s(space, "second", "--out", f"{out}warm")
            empty_s = taken_s(space, "second", "--limit", "1", "--out", f"{out}empty")
            without_envs(space)
            both_s = taken_s(space, "both", "--out", f"{out}both")
            path.add(both_s, first_s + warm_s - empty_s)
            sequence.add(both_s, first_s + cold_s)
    yield path
    yield sequence


if __name__ == "__main__":
    measure("overlap", __doc__, rows)
