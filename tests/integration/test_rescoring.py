"""A finished run scored with other metrics says what became of the earlier figures."""

import csv
import json
from hashlib import sha256
from pathlib import Path

import pytest
import yaml

from tests.workspace import Workspace

pytestmark = pytest.mark.uv


def scaled_run(workspace: Workspace) -> Path:
    file = workspace.path / "configs/tasks/numbers.yaml"
    task = yaml.safe_load(file.read_text(encoding="utf-8"))
    workspace.write_yaml("configs/tasks/numbers.yaml", task | {"scale": 100})
    end = workspace.vlmhb("run", "run", "--ui", "none", "--out", "out")
    assert 0 == end.code, end.err
    return workspace.path / "out/derived"


def test_documents_of_the_earlier_scoring_go_and_the_reference_scales_only_its_own_metrics(
    workspace: Workspace,
):
    derived = scaled_run(workspace)

    same = workspace.vlmhb("score", "out")
    other = workspace.vlmhb("score", "out", "--metrics", "wer,cer")

    assert (0, 0) == (same.code, other.code), same.err + other.err
    assert "removed" not in same.err
    assert "removed, of the earlier scoring: report.html, results.md, results.xlsx" in other.err
    assert not (derived / "report.html").exists()
    for name, digest in json.loads((derived / "manifest.json").read_text())["sha256"].items():
        assert digest == sha256((derived / name).read_bytes()).hexdigest()
    with (derived / "metrics.csv").open(encoding="utf-8", newline="") as lines:
        scales = {(row["metric"], row["scale"]) for row in csv.DictReader(lines)}
    assert {("wer", "1"), ("cer", "100")} == scales
