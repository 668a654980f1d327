"""A run whose answers are scored while others come."""

import subprocess
import sys

import pytest

from tests.workspace import Workspace, derived_files

pytestmark = pytest.mark.uv

EAGER = """
import atexit, sys
from vlmhb.metrics import scoring
from vlmhb.pipeline import report_tools
report_tools.WORTH_SCORING_S = 0.0
made, result_of = [], scoring.result_of
def told(*asked):
    made.append(asked)
    return result_of(*asked)
scoring.result_of = told
atexit.register(lambda: print("scored by the run itself:", len(made)))
from vlmhb.__main__ import main
main()
"""


def test_a_run_makes_no_score_that_was_made_ahead(workspace: Workspace):
    workspace.write_model("model", {"faults": {"page2.png": "raise"}})

    ended = subprocess.run(
        [sys.executable, "-c", EAGER, "run", "run", "--out", "out", "--ui", "none"],
        cwd=workspace.path,
        env=workspace.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    ahead = derived_files(workspace.path / "out")
    again = workspace.vlmhb("report", "out")

    assert 3 == ended.returncode, ended.stderr
    assert "scored by the run itself: 0" in ended.stdout
    assert 0 == again.code, again.err
    assert ahead == derived_files(workspace.path / "out")
