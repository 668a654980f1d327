"""Whatever way host or worker go, nothing of a worker stays."""

import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.contract.workers import PATIENCE_S, ask, session
from vlmhb.worker import Answered, DeathKind, Hello

GONE_WITHIN_S = 2.0
"""Promised to users: a killed host frees its GPUs within this time."""

HOST = """
import sys, threading
from pathlib import Path
from tests.contract.workers import Session, ask
from vlmhb.worker import Answered
running = Session(Path(sys.argv[1]), sys.executable)
running.load(hold=sys.argv[2], faults={"child": "fork_child", "daemon": "fork_daemon",
                                       "hang": "hang_gil"})
for prompt in sys.argv[3:]:
    running.answer(prompt)
running.worker.send(ask("hang"))
print("ready", flush=True)
threading.Event().wait()
"""


@contextmanager
def holders(folder: Path) -> Iterator[tuple[Path, int]]:
    """A FIFO that a worker and its children hold, and the end that tells when none of them does."""
    path = folder / "hold"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        yield path, reader
    finally:
        os.close(reader)


def wait_until_unheld(reader: int, timeout_s: float) -> float:
    """Seconds until the last holder was gone."""
    started_s = time.monotonic()
    poll = select.poll()
    poll.register(reader, 0)  # POLLHUP comes unasked
    assert poll.poll(timeout_s * 1000), "somebody still holds it"
    return time.monotonic() - started_s


@pytest.mark.parametrize("children", [(), ("child",), ("daemon",), ("child", "daemon", "daemon")])
def test_a_killed_host_leaves_no_process(tmp_path: Path, children: tuple[str, ...]) -> None:
    with holders(tmp_path) as (path, reader):
        host = subprocess.Popen(
            [sys.executable, "-c", HOST, str(tmp_path), str(path), *children],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert host.stdout is not None
        with host.stdout:
            assert b"ready\n" == host.stdout.readline()
        host.kill()
        host.wait()

        assert wait_until_unheld(reader, PATIENCE_S) < GONE_WITHIN_S


def test_a_host_that_dies_at_once_leaves_no_process(tmp_path: Path) -> None:
    """The guard may not have said yet that it wants to die with its host."""
    program = HOST.replace("running.load(", "running.worker.start(); print(flush=True); load = (")
    for _ in range(5):
        host = subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path), "", ""],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert host.stdout is not None
        with host.stdout:
            host.stdout.readline()
            below = psutil.Process(host.pid).children(recursive=True)
            host.kill()
            host.wait()

        _, alive = psutil.wait_procs(below, timeout=PATIENCE_S)
        assert [] == alive


@pytest.mark.parametrize("ending", ["shutdown", "kill", "exit0", "segv"])
def test_an_ended_worker_leaves_no_process(tmp_path: Path, ending: str) -> None:
    with holders(tmp_path) as (path, reader), session(tmp_path) as running:
        running.load(
            hold=str(path),
            faults={
                "child": "fork_child",
                "daemon": "fork_daemon",
                "exit0": "exit0",
                "segv": "segv",
            },
        )
        running.answer("child")
        running.answer("daemon")
        if ending == "shutdown":
            running.worker.shutdown(grace_s=PATIENCE_S)
        elif ending == "kill":
            running.worker.kill()
        else:
            running.worker.send(ask(ending))
        running.death()

        assert wait_until_unheld(reader, 0) < GONE_WITHIN_S


@pytest.mark.parametrize("fault", ["hang", "hang_gil", "hang_deaf"])
def test_shutdown_ends_a_worker_that_does_not_listen(tmp_path: Path, fault: str) -> None:
    with session(tmp_path) as running:
        running.hang(fault)
        running.worker.shutdown(grace_s=0.1)
        death = running.death()

        assert (DeathKind.CLOSED, "SIGTERM") == (death.kind, death.detail)


def test_a_guard_that_somebody_stopped_still_ends_all_below_it(tmp_path: Path) -> None:
    with holders(tmp_path) as (path, reader), session(tmp_path) as running:
        running.load(hold=str(path), faults={"daemon": "fork_daemon"})
        running.answer("daemon")
        os.kill(running.worker.pid, signal.SIGSTOP)
        running.worker.kill()
        death = running.death()

        assert (DeathKind.CLOSED, "SIGTERM") == (death.kind, death.detail)
        assert wait_until_unheld(reader, PATIENCE_S) < GONE_WITHIN_S


def test_a_killed_guard_takes_its_worker_along(tmp_path: Path) -> None:
    with holders(tmp_path) as (path, reader), session(tmp_path) as running:
        running.load(hold=str(path), faults={"hang": "hang_gil"})
        running.worker.send(ask("hang"))
        os.kill(running.worker.pid, signal.SIGKILL)
        death = running.death()

        assert ("SIGKILL", False) == (death.detail, death.by_itself)
        assert wait_until_unheld(reader, PATIENCE_S) < GONE_WITHIN_S


def test_answers_sent_before_a_death_still_count(tmp_path: Path) -> None:
    with session(tmp_path) as running:
        running.load(window=9, faults={"bad": "segv"})
        for prompt in ("a", "b", "c", "bad", "d"):
            running.worker.send(ask(prompt))
        answered = [running.expect(Answered).outcome.request_id for _ in range(3)]

        assert ["a", "b", "c"] == answered
        assert "SIGSEGV" == running.death().detail


def test_nothing_of_a_worker_stays_in_the_host(tmp_path: Path) -> None:
    def held() -> tuple[int, int, int]:
        own = psutil.Process()
        return own.num_fds(), threading.active_count(), len(own.children(recursive=True))

    before = held()
    for ending in ("shutdown", "kill", "segv", "garbage_on_fd"):
        with session(tmp_path) as running:
            running.load(faults={"segv": "segv", "garbage_on_fd": "garbage_on_fd"})
            if ending == "shutdown":
                running.worker.shutdown(grace_s=PATIENCE_S)
            elif ending == "kill":
                running.worker.kill()
            else:
                running.worker.send(ask(ending))
            running.death()

    assert before == held()
    assert [] == list((tmp_path / "scratch").iterdir())


def test_a_worker_is_the_first_to_go_when_memory_runs_out(tmp_path: Path) -> None:
    with session(tmp_path) as running:
        running.worker.start()
        hello = running.expect(Hello)

        assert "1000" == Path(f"/proc/{hello.pid}/oom_score_adj").read_text().strip()
        limits = Path(f"/proc/{hello.pid}/limits").read_text()
        core = next(line for line in limits.splitlines() if "core file" in line)
        assert ["0", "0"] == core.split()[4:6]
