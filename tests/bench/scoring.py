"""L2: a run whose metric takes its time: is scoring hidden behind the answers?

The answers are tables that differ from the targets in every cell, and the metric is TEDS. Beside it
the same run with a metric that takes next to nothing, and the same run scored at its end.
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
from tests.workspace import HEADER, Workspace

SAMPLES = 80
DELAY_S = 0.1
CELLS = (80, 5)
"""Rows and columns: such a pair takes TEDS some 40 ms."""
ROUNDS = 7

OURS = "from vlmhb.__main__ import main; main()"
AT_THE_END = f"from vlmhb.pipeline import report_tools as r; r.WORTH_SCORING_S = 1e9; {OURS}"


def rows() -> Iterator[Row]:
    what = f"{SAMPLES} answers of {DELAY_S * 1e3:g} ms, tables of {CELLS[0]} x {CELLS[1]} cells"
    hidden = Row("L2", what, "s", "a metric that takes nothing", 1.1)
    ahead = Row("", what, "s", "scored at the end")
    with tempfile.TemporaryDirectory(prefix="vlmhb-bench-") as name:
        folder = Path(name)
        space = Workspace.create(folder / "user", folder / "envs", samples=SAMPLES)
        space.write_model("model", {"delay_s": DELAY_S, "answers": {"page": table(0)}})
        pages = [f"images/page{number}.png" for number in range(SAMPLES)]
        lines = [f"{page};;{page};Which table?;{table(1)};form;table;" for page in pages]
        annotation = "\n".join([HEADER, *lines, ""])
        (space.path / "data/annotation.csv").write_text(annotation, encoding="utf-8")
        described = yaml.safe_load((space.path / "configs/tasks/numbers.yaml").read_text())
        for task, metric in (("numbers", "teds"), ("plain", "exact_match_raw")):
            content = {**described, "metrics": {"reply": [metric]}}
            space.write_yaml(f"configs/tasks/{task}.yaml", content)
        space.vlmhb("run", "run", "--tasks", "plain", "--limit", "1", "--ui", "none")  # builds
        for number in range(ROUNDS):
            out = str(folder / f"r{number}-")
            ours_s = taken_s(space, OURS, "--tasks", "numbers", "--out", f"{out}ahead")
            hidden.add(ours_s, taken_s(space, OURS, "--tasks", "plain", "--out", f"{out}0"))
            end = ("--tasks", "numbers", "--out", f"{out}end")
            ahead.add(ours_s, taken_s(space, AT_THE_END, *end))
    yield hidden
    yield ahead


def table(first: int) -> str:
    """As HTML; no two cells of it are alike."""
    rows, columns = CELLS
    cells = [
        "".join(f"<td>{first + 2 * (row * columns + column)}</td>" for column in range(columns))
        for row in range(rows)
    ]
    return f"<table><tr>{'</tr><tr>'.join(cells)}</tr></table>"


def taken_s(space: Workspace, code: str, *words: str) -> float:
    """Seconds of a whole run."""
    began_s = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", code, "run", "run", "--ui", "none", *words],
        cwd=space.path,
        env=space.environment(),
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - began_s


if __name__ == "__main__":
    measure("scoring", __doc__, rows)
