"""A run whose folder another machine took over, since it took this one for dead."""

import contextlib
import os
import subprocess
import time
from pathlib import Path

import pytest

from tests.workspace import PATIENCE_S, Workspace

pytestmark = pytest.mark.uv
LOOK_S = 0.02
RIVAL = '{"host": "pod-7", "pid": 12, "started_at": "2026-01-01T00:00:00Z", "nonce": "another"}'


def let_one_pass(gate: Path) -> bool:
    """Whether a sample waited at the gate; its worker goes on now."""
    with contextlib.suppress(OSError):
        os.close(os.open(gate, os.O_WRONLY | os.O_NONBLOCK))
        return True
    return False


def wait_for(gate: Path, host: "subprocess.Popen[str]") -> None:
    while not let_one_pass(gate):
        assert host.poll() is None
        time.sleep(LOOK_S)


def test_not_one_line_more_is_written(workspace: Workspace):
    """Its next sign of life is seconds away: it looks before it writes an answer.

    Somebody deleted LOCK: on a disk of this machine nobody comes in otherwise.
    """
    gate, run = workspace.path / "gate", workspace.path / "out"
    os.mkfifo(gate)
    workspace.write_model("model", {"gates": {"page": str(gate)}})
    host = workspace.start("run", "run", "--out", "out", "--ui", "none")
    try:
        wait_for(gate, host)
        journal = run / "answers.jsonl"
        while journal.read_bytes().count(b"\n") < 2:
            assert host.poll() is None
            time.sleep(LOOK_S)
        before = [path.read_bytes() for path in (journal, run / "run.json")]
        (run / "LOCK").unlink()
        (run / "LOCK").write_text(RIVAL)
        while host.poll() is None:
            let_one_pass(gate)
            time.sleep(LOOK_S)
    finally:
        host.kill()
        _, err = host.communicate(timeout=PATIENCE_S)

    assert 2 == host.returncode, err
    assert "another vlmhb is writing it: pid 12 on pod-7, since 2026-01-01" in err
    assert before == [path.read_bytes() for path in (journal, run / "run.json")]
    assert RIVAL == (run / "LOCK").read_text()
