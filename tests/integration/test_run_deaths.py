"""One sample that ends the whole run again and again, and the starts that follow."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.workspace import Workspace
from vlmhb.domain.answer import Answer, FailedAnswer, FailureReason, Outcome
from vlmhb.schedule.standing import MAX_DEATHS
from vlmhb.store import read_attempts, read_journal
from vlmhb.system.clock import monotonic_s

pytestmark = pytest.mark.uv
PATIENCE_S = 60.0
LOOK_S = 0.02
KILLER = "page2.png"


def outcomes(space: Workspace) -> dict[str, Outcome]:
    return dict(read_journal(space.path / "out/answers.jsonl").outcomes)


def open_if_waited_at(gate: Path) -> int | None:
    """The gate, when a worker that asks the sample waits there; it goes on once this is closed."""
    try:
        return os.open(gate, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return None


def start_and_kill(space: Workspace, gate: Path) -> bool:
    """Start the run, and SIGKILL it while the sample at the gate is asked; False if it ended."""
    host = space.start("run", "run", "--out", "out", "--ui", "none")
    gate_fd = None
    try:
        deadline_s = monotonic_s() + PATIENCE_S
        while gate_fd is None and monotonic_s() < deadline_s and not has_ended(host):
            gate_fd = open_if_waited_at(gate)
        return gate_fd is not None
    finally:
        host.kill()
        host.communicate(timeout=PATIENCE_S)
        # Its worker must be gone, or the next start would be killed on its account.
        while gate_fd is not None:
            os.close(gate_fd)
            time.sleep(LOOK_S)
            gate_fd = open_if_waited_at(gate)


def has_ended(host: "subprocess.Popen[str]") -> bool:
    with contextlib.suppress(subprocess.TimeoutExpired):
        host.wait(LOOK_S)
        return True
    return False


def test_a_sample_that_takes_the_run_with_it_is_left_out_after_three_deaths_alone(
    workspace: Workspace,
) -> None:
    """As when the whole pod runs out of memory: nobody is left to tell what did it."""
    gate = workspace.path / "gate"
    os.mkfifo(gate)
    workspace.write_model("model", {"gates": {KILLER: str(gate)}, "batch_size": 2})

    deaths = 0
    before = []
    while deaths < 3 * MAX_DEATHS and start_and_kill(workspace, gate):
        deaths += 1
        before.append(len(outcomes(workspace)))
    end = workspace.vlmhb("run", "run", "--out", "out")

    # Nobody knows at first; then it was present twice; then it was alone.
    assert 2 + MAX_DEATHS == deaths
    assert [5, 5] == before[-2:]
    assert 3 == end.code, end.err
    found = list(outcomes(workspace).values())
    (failed,) = (outcome for outcome in found if isinstance(outcome, FailedAnswer))
    assert 5 == sum(isinstance(outcome, Answer) for outcome in found)
    assert FailureReason.WORKER_DIED == failed.reason
    assert "the run itself was killed 3 times while nothing but this was asked" in (
        failed.error.message
    )


def test_a_run_in_which_nothing_goes_wrong_keeps_no_file_of_troubles(workspace: Workspace) -> None:
    workspace.vlmhb("run", "run", "--out", "out")

    assert () == read_attempts(workspace.path / "out/attempts.jsonl")
    assert not (workspace.path / "out/attempts.jsonl").exists()


def test_strikes_survive_a_run_that_is_killed(workspace: Workspace) -> None:
    """It crashes its worker twice, then the run is killed: one more crash is enough."""
    workspace.write_model("model", {"faults": {KILLER: "segv"}, "batch_size": 1, "window": 2})
    host = workspace.start("run", "run", "--out", "out", "--ui", "none")
    path = workspace.path / "out/attempts.jsonl"
    began_s = monotonic_s()
    while monotonic_s() - began_s < PATIENCE_S:
        strikes = [one for one in read_attempts(path) if one.kind.value == "strike"]
        if len(strikes) >= 2:
            os.kill(host.pid, signal.SIGKILL)
            break
    host.communicate(timeout=PATIENCE_S)

    end = workspace.vlmhb("run", "run", "--out", "out")

    strikes = [one for one in read_attempts(path) if one.kind.value == "strike"]
    (failed,) = (o for o in outcomes(workspace).values() if isinstance(o, FailedAnswer))
    assert 3 == end.code, end.err
    assert 3 == len(strikes) == failed.faults
    assert 2 == len({one.segment for one in strikes})
