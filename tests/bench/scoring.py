"""L2: a run whose metric takes its time: is scoring hidden behind the answers?

Beside it the same run without that metric, and the same run scored at its end, which is how a run
of a few seconds is scored.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import yaml

from tests.bench.measured import measure
from tests.bench.row import Row
from tests.unit.scoring.runs import install_metric
from tests.workspace import Workspace

SAMPLES = 80
DELAY_S = 0.1
METRIC_S = 0.04
ROUNDS = 7

OURS = "from vlmhb.__main__ import main; main()"
AT_THE_END = f"from vlmhb.pipeline import report_tools as r; r.WORTH_SCORING_S = 1e9; {OURS}"
BUSY = f"""
import time
end_s = time.thread_time() + {METRIC_S}
while time.thread_time() < end_s:
    pass
return Score(1, 1)
"""


def rows() -> Iterator[Row]:
    what = f"{SAMPLES} answers of {DELAY_S * 1e3:g} ms, {METRIC_S * 1e3:g} ms of scoring for each"
    hidden = Row("L2", what, "s", "without that metric", 1.1)
    ahead = Row("", what, "s", "scored at the end")
    with tempfile.TemporaryDirectory(prefix="vlmhb-bench-") as name:
        folder = Path(name)
        install_metric(folder / "plugins", BUSY)
        space = Workspace.create(folder / "user", folder / "envs", samples=SAMPLES)
        space.write_model("model", {"delay_s": DELAY_S})
        task = space.path / "configs/tasks/numbers.yaml"
        described = yaml.safe_load(task.read_text())
        space.write_yaml("configs/tasks/plain.yaml", described)
        described["metrics"]["reply"].append("odd")
        space.write_yaml("configs/tasks/numbers.yaml", described)
        space.vlmhb("run", "run", "--tasks", "plain", "--limit", "1", "--ui", "none")  # builds
        for number in range(ROUNDS):
            out = str(folder / f"r{number}-")
            ours_s = taken_s(space, folder, OURS, "--tasks", "numbers", "--out", f"{out}ahead")
            hidden.add(ours_s, taken_s(space, folder, OURS, "--tasks", "plain", "--out", f"{out}0"))
            end = ("--tasks", "numbers", "--out", f"{out}end")
            ahead.add(ours_s, taken_s(space, folder, AT_THE_END, *end))
    yield hidden
    yield ahead


def taken_s(space: Workspace, folder: Path, code: str, *words: str) -> float:
    """Seconds of a whole run."""
    began_s = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", code, "run", "run", "--ui", "none", *words],
        cwd=space.path,
        env=space.environment(PYTHONPATH=str(folder / "plugins")),
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - began_s


if __name__ == "__main__":
    measure("scoring", __doc__, rows)
