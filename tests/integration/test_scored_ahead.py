"""A run whose answers are scored while others come."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.unit.scoring.runs import install_metric
from tests.workspace import Workspace, derived_files

pytestmark = pytest.mark.uv

EAGER = """
import sys
from vlmhb.pipeline import report_tools
report_tools.WORTH_SCORING_S = 0.0
from vlmhb.__main__ import main
main()
"""


def test_each_answer_is_scored_once_by_another_process(workspace: Workspace, tmp_path: Path):
    log = tmp_path / "log"
    install_metric(
        tmp_path / "plugins",
        f"print(os.getpid(), os.getppid(), sample.id, file=open({str(log)!r}, 'a'))\n"
        "return Score(len(text), 7)",
    )
    task = workspace.path / "configs/tasks/numbers.yaml"
    described = yaml.safe_load(task.read_text())
    described["metrics"]["reply"].append("odd")
    task.write_text(yaml.safe_dump(described))
    variables = workspace.environment(PYTHONPATH=str(tmp_path / "plugins"))

    host = subprocess.Popen(
        [sys.executable, "-c", EAGER, "run", "run", "--out", "out", "--ui", "none"],
        cwd=workspace.path,
        env=variables,
        stdout=subprocess.DEVNULL,
    )
    assert 0 == host.wait(timeout=120)
    scorers, parents, samples = zip(
        *(map(int, line.split()) for line in log.read_text().splitlines()), strict=True
    )
    ahead = derived_files(workspace.path / "out")
    again = workspace.vlmhb("report", "out", PYTHONPATH=str(tmp_path / "plugins"))

    assert [0, 1, 2, 3, 4, 5] == sorted(samples)
    assert 1 == len(set(scorers))
    assert {host.pid} == set(parents)
    assert 0 == again.code, again.err
    assert ahead == derived_files(workspace.path / "out")
    assert b",odd," in ahead["metrics.csv"]
