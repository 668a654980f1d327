"""A metric that raises costs its own scores; answers stay, and it can be computed later."""

import csv
import json
from pathlib import Path

import pytest
import yaml

from tests.workspace import Workspace

pytestmark = pytest.mark.uv

PLUGIN = """
from vlmhb.domain.score import Direction, Score
from vlmhb.domain.task import AnswerKind


class Fragile:
    name, title, normalisation = "fragile", "Fragile", "raw"
    summary = "One for every answer."
    direction, kinds = Direction.HIGHER, frozenset(AnswerKind)

    def score(self, text, sample):
        {trouble}
        return Score(1, 1)

    def worst(self, sample):
        return Score(0, 1)


METRIC = Fragile()
"""
TROUBLE = "if sample.id == '3': raise LookupError(f'no row {sample.id}')"


def install(folder: Path, trouble: str) -> None:
    """The package that offers the metric, as pip would leave it."""
    metadata = folder / "fragile_metric-1.0.dist-info"
    metadata.mkdir(parents=True, exist_ok=True)
    (folder / "fragile_metric.py").write_text(PLUGIN.format(trouble=trouble))
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: fragile-metric\nVersion: 1\n")
    points = "[vlmhb.metrics]\nfragile = fragile_metric:METRIC\n"
    (metadata / "entry_points.txt").write_text(points)


def scores(run: Path) -> dict[str, tuple[str, str]]:
    """Sample -> the metric's value and why there is none."""
    with (run / "derived/scores.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["metric"] == "fragile"]
    return {row["sample_id"]: (row["value"], row["reason"]) for row in rows}


def test_a_metric_that_raises_on_a_row_can_be_computed_later(
    workspace: Workspace, tmp_path: Path
) -> None:
    task = workspace.path / "configs/tasks/numbers.yaml"
    described = yaml.safe_load(task.read_text())
    described["metrics"]["reply"].append("fragile")
    task.write_text(yaml.safe_dump(described))
    plugins = str(tmp_path / "plugins")
    install(Path(plugins), TROUBLE)
    out = workspace.path / "out"

    ran = workspace.vlmhb("run", "run", "--out", "out", PYTHONPATH=plugins)
    answers = (out / "answers.jsonl").read_bytes()
    results = json.loads((out / "derived/results.json").read_bytes())
    first = scores(out)
    page = (out / "derived/results.md").read_text()
    install(Path(plugins), "pass")
    again = workspace.vlmhb("score", "out", PYTHONPATH=plugins)

    assert 0 == ran.code, ran.err
    assert ("", "metric failed: LookupError: no row 3") == first["3"]
    assert {"1"} == {value for sample, (value, _) in first.items() if sample != "3"}
    assert results["counts"]["answered"] == 6
    assert ["metric failed: LookupError: no row 3"] == [
        one["reason"] for one in results["not_scored"] if one["metric"] == "fragile"
    ]
    assert "LookupError" in page
    assert 0 == again.code, again.err
    assert answers == (out / "answers.jsonl").read_bytes()
    assert {("1", "")} == set(scores(out).values())
