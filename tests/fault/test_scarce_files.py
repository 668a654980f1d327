"""H13: a host that may open too few files ends with a reason, and with its journal intact."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.workspace import PATIENCE_S, Workspace
from vlmhb.store import read_journal

pytestmark = pytest.mark.uv


@pytest.mark.parametrize("files", [8, 16, 24])
def test_a_host_that_may_open_few_files_stops_cleanly(
    tmp_path: Path, shared_envs: Path, files: int
):
    space = Workspace.create(tmp_path / "user", shared_envs)
    space.vlmhb("env", "build", "toy")
    words = f"{sys.executable} -m vlmhb run run --out out --ui none"

    ended = subprocess.run(
        ["bash", "-c", f"ulimit -n {files}; exec {words}"],
        cwd=space.path,
        env=space.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    before = read_journal(space.path / "out/answers.jsonl").outcomes
    again = space.vlmhb("run", "run", "--out", "out")

    assert ended.returncode in {2, 4}, ended.stderr
    assert "Too many open files" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert 0 == again.code, again.err
    after = read_journal(space.path / "out/answers.jsonl").outcomes
    assert before.items() <= after.items()
    assert 6 == len(after)
