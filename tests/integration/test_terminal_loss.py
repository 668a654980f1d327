"""A run whose terminal goes away: an SSH connection that drops, a closed window."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.workspace import MAIN, PATIENCE_S, Workspace
from vlmhb.domain.answer import Answer
from vlmhb.store import read_journal

OWN_TERMINAL = (
    "import fcntl, os, signal, sys, termios\n"
    "os.setsid()\n"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    "signal.signal(signal.SIGHUP, getattr(signal, sys.argv[1]))\n"
    "os.write(1, b'connected')\n"
    "os.execv(sys.argv[2], sys.argv[2:])\n"
)
"""What sshd does for a shell, and what nohup adds with SIG_IGN."""
JOURNAL = "runs/*/answers.jsonl"


@dataclass(slots=True)
class Session:
    """A run on a terminal of its own, whose other end is here."""

    process: "subprocess.Popen[bytes]"
    terminal: int

    def read_until(self, *texts: str) -> str:
        """What was shown until one of the texts was."""
        shown = b""
        while not any(text.encode() in shown for text in texts):
            shown += os.read(self.terminal, 65536)
        return shown.decode()

    def drop(self) -> int:
        """The connection is gone; how the run ends."""
        os.close(self.terminal)
        self.terminal = -1
        return self.process.wait(PATIENCE_S)


@contextmanager
def session(space: Workspace, *words: str, on_hangup: str = "SIG_DFL") -> Iterator[Session]:
    terminal, program = os.openpty()
    environment = space.environment(TERM="xterm", COLUMNS="100", LINES="30", NO_COLOR="1")
    process = subprocess.Popen(
        [sys.executable, "-c", OWN_TERMINAL, on_hangup, *MAIN, *words],
        cwd=space.path,
        env=environment,
        stdin=program,
        stdout=program,
        stderr=program,
    )
    os.close(program)
    here = Session(process, terminal)
    try:
        here.read_until("connected")
        yield here
    finally:
        process.kill()
        process.wait()
        if here.terminal >= 0:
            os.close(here.terminal)


def slow(space: Workspace) -> Workspace:
    space.write_model("model", {"delay_s": 0.4})
    return space


def answered(space: Workspace) -> tuple[int, str]:
    """Of the only run: how many outcomes it has, and its state."""
    (run,) = space.vlmhb("list", "runs", "--json").json["runs"]
    return run["answered"], run["status"]


@pytest.mark.parametrize("ui", ["rich", "plain", "none"])
def test_a_run_that_is_hung_up_on_stops_cleanly_and_can_be_resumed(workspace: Workspace, ui: str):
    with session(slow(workspace), "run", "run", "--ui", ui) as run:
        if ui == "none":
            wait_for_an_answer(workspace)
        else:
            # What is drawn four times a second may miss the first on a busy machine.
            run.read_until(" 1/6", " 2/6", " 3/6")

        assert 129 == run.drop()

    n_answered, status = answered(workspace)
    assert "unfinished" == status
    assert 1 <= n_answered < 6
    again = workspace.vlmhb("run", "run", "--ui", "plain")
    assert 0 == again.code, again.err
    assert f"continuing: {n_answered} requests already answered" in again.err
    assert (6, "done") == answered(workspace)


def wait_for_an_answer(space: Workspace) -> None:
    while not any(b"request" in file.read_bytes() for file in space.path.glob(JOURNAL)):
        os.sched_yield()


@pytest.mark.parametrize("ui", ["rich", "plain", "none"])
def test_with_nohup_a_run_goes_on_without_its_terminal(workspace: Workspace, ui: str):
    with session(slow(workspace), "run", "run", "--ui", ui, on_hangup="SIG_IGN") as run:
        if ui != "none":
            run.read_until(" 1/6", " 2/6", " 3/6")

        assert 0 == run.drop()

    assert (6, "done") == answered(workspace)


def test_a_complaint_that_nobody_can_read_keeps_its_exit_code(workspace: Workspace):
    with session(workspace, "run", "no-such-file", on_hangup="SIG_IGN") as run:
        # Before it has anything to say: Python takes longer to start.
        assert 2 == run.drop()


def test_ctrl_c_reaches_the_host_alone(workspace: Workspace):
    """The terminal sends it to every process of the session; a worker has one of its own."""
    with session(slow(workspace), "run", "run", "--ui", "plain", "--out", "out") as run:
        run.read_until(" 1/6")
        os.write(run.terminal, b"\x03")

        shown = run.read_until("to go on: vlmhb run run --out out")

        assert 130 == run.process.wait(PATIENCE_S)
    assert "stopped by SIGINT" in shown
    assert "KeyboardInterrupt" not in (workspace.path / "out/logs/model.log").read_text()
    outcomes = read_journal(workspace.path / "out/answers.jsonl").outcomes
    assert 2 <= len(outcomes) < 6, "the one on its way was waited for"
    assert all(isinstance(outcome, Answer) for outcome in outcomes.values())


def test_on_a_terminal_a_run_shows_its_models_and_then_its_results(workspace: Workspace):
    with session(slow(workspace), "run", "run") as run:
        shown = run.read_until("report.html")

    assert "model  6/6  ━━━━━━━━━━━━━━━━━━━━  done" in shown
    assert "total  6/6  " in shown
