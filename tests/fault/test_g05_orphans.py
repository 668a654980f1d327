"""G5: whenever its host is killed, nothing of a worker stays, daemons included."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.build import model
from tests.contract.workers import PATIENCE_S, Session, ask
from tests.fault.census import alive, until, wait_for
from tests.fault.hosts import run_of
from tests.fault.kit import Goals, Size
from tests.onlooker import Onlooker
from vlmhb.schedule.progress import Answered, WorkerLost
from vlmhb.system.clock import monotonic_s
from vlmhb.worker import Hello

GONE_S = 2.0
"""Promised: a killed host frees its GPUs within this time."""
AT_ONCE = 5
"""Workers that a host has when it is killed."""
FAULTS = {"child": "fork_child", "daemon": "fork_daemon", "hang": "hang_gil"}

HOST = """
import sys, threading
from pathlib import Path
from tests.fault.test_g05_orphans import AT_ONCE, STATES, Session
for number in range(AT_ONCE):
    STATES[sys.argv[2]](Session(Path(sys.argv[1]), sys.executable))
print("ready", flush=True)
threading.Event().wait()
"""


def starting(running: Session) -> None:
    running.worker.start()


def greeted(running: Session) -> None:
    starting(running)
    running.expect(Hello)


def loading(running: Session) -> None:
    running.hang("fork_and_hang")


def gate_of(running: Session) -> Path:
    return running.log_path.parent / "gate"


def idle(running: Session) -> None:
    gate = gate_of(running)
    gate.parent.mkdir(parents=True, exist_ok=True)
    if not gate.exists():
        os.mkfifo(gate)
    running.load(faults=FAULTS, gates={"hang": str(gate)})
    running.answer("child")
    running.answer("daemon")


def answering(running: Session) -> None:
    idle(running)
    running.worker.send(ask("hang"))
    gate_of(running).write_bytes(b"")  # which waits until the model is at it


def ending(running: Session) -> None:
    answering(running)
    running.worker.shutdown(grace_s=PATIENCE_S)


RUN = """
import sys
from pathlib import Path
from tests.build import model
from tests.fault.hosts import run_of
from tests.fault.test_g05_orphans import AT_ONCE, FAULTS
from vlmhb.schedule.progress import Answered
models = [model(f"m{number}", params={"faults": FAULTS}) for number in range(AT_ONCE)]
for step in run_of(Path(sys.argv[1]), models, ("daemon", "hang"), max_workers=AT_ONCE):
    if isinstance(step, Answered):
        print("answered", flush=True)
"""


STATES: dict[str, Callable[[Session], None]] = {
    state.__name__: state for state in (starting, greeted, loading, idle, answering, ending)
}
WITH_CHILDREN = ("loading", "idle", "answering", "ending")
"""Where a model's code has run: a child, and a daemon that left its session and its parents."""


def mark_of(folder: Path) -> str:
    """What the environment of each process of a worker holds: its scratch folder is below it."""
    return str(folder / "scratch")


def kill_a_host(folder: Path, state: str, onlooker: Onlooker) -> float:
    """Seconds from a host's death to the end of the last process of its workers."""
    host = subprocess.Popen(
        [sys.executable, "-c", HOST, str(folder), state],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        assert host.stdout is not None
        with host.stdout:
            assert b"ready\n" == host.stdout.readline()
        if state in WITH_CHILDREN:
            wait_for(mark_of(folder), 4 * AT_ONCE, PATIENCE_S)  # with guard and worker
        assert len(alive(mark_of(folder))) >= AT_ONCE
    finally:
        host.kill()
        host.wait()
    began_s = monotonic_s()
    wait_for(mark_of(folder), 0, PATIENCE_S)
    return onlooker.seconds_since(began_s)


def test_a_host_killed_in_any_state_leaves_no_process(
    tmp_path: Path, size: Size, goals: Goals, onlooker: Onlooker
):
    rounds = size(ci=1, release=20)
    took_s = {
        (state, number): kill_a_host(tmp_path / f"{state}{number}", state, onlooker)
        for state in STATES
        for number in range(rounds)
    }
    slowest = max(took_s, key=took_s.__getitem__)
    goals.add(
        "G5",
        tried=len(took_s) * AT_ONCE,
        worst_s=took_s[slowest],
        note="workers of a killed host",
    )

    assert took_s[slowest] < GONE_S, slowest


@pytest.mark.parametrize("state", STATES)
def test_a_worker_closed_in_any_state_leaves_no_process(
    tmp_path: Path, size: Size, goals: Goals, state: str
):
    rounds = size(ci=1, release=100)
    for _ in range(rounds):
        running = Session(tmp_path, sys.executable)
        STATES[state](running)
        if state in WITH_CHILDREN:
            wait_for(mark_of(tmp_path), 4, PATIENCE_S)
        running.worker.kill()
        running.death()

        assert [] == alive(mark_of(tmp_path))
    goals.add("G5", tried=rounds, note=f"workers closed while {state}")


def test_a_killed_run_leaves_no_process_behind_the_walls_of_this_machine(
    tmp_path: Path, size: Size, goals: Goals, onlooker: Onlooker
):
    rounds = size(ci=1, release=20)
    took_s = [kill_a_run(tmp_path / str(number), onlooker) for number in range(rounds)]
    goals.add(
        "G5", tried=rounds * AT_ONCE, worst_s=max(took_s), note="workers of a killed run, walled"
    )

    assert max(took_s) < GONE_S


def kill_a_run(folder: Path, onlooker: Onlooker) -> float:
    """As `kill_a_host`, of the workers of a whole run, each of which has a daemon and hangs."""
    with subprocess.Popen(
        [sys.executable, "-c", RUN, str(folder)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as host:
        try:
            assert host.stdout is not None
            lines = [host.stdout.readline() for _ in range(AT_ONCE)]
            assert [b"answered\n"] * AT_ONCE == lines
            own = guards(host.pid)
            homes = [guard.children()[0].environ()["HOME"] for guard in own]
            until(lambda: all(len(guard.children()) == 2 for guard in own))  # adopted the daemons
        finally:
            host.kill()
            host.wait()
        began_s = monotonic_s()
        until(lambda: not any(map(alive, homes)) and all(map(has_ended, own)))
        return onlooker.seconds_since(began_s)


def has_ended(process: psutil.Process) -> bool:
    """Dead, be it that nobody has waited for it yet."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def guards(host: int) -> list[psutil.Process]:
    children = psutil.Process(host).children()
    return [one for one in children if any("vlmhb_worker" in word for word in one.cmdline())]


def test_a_killed_guard_leaves_no_daemon_while_its_host_lives(tmp_path: Path):
    """Nobody is left then who has adopted it: its host finds it by the folder it was given."""
    spec = model("m", params={"faults": {"daemon": "fork_daemon", "hang": "hang"}})
    home = ""
    seen = []
    others = guards(os.getpid())  # of tests before this one
    for step in run_of(tmp_path, [spec], ("daemon", "hang", "after")):
        seen.append(step)
        if isinstance(step, Answered) and not home:
            (guard,) = (one for one in guards(os.getpid()) if one not in others and one.children())
            worker = guard.children()[0]
            home = worker.environ()["HOME"]
            until(lambda: len(guard.children()) == 2)  # noqa: B023 - it has adopted the daemon
            guard.kill()
        elif isinstance(step, WorkerLost):
            break

    assert isinstance(seen[-1], WorkerLost)
    assert [] == alive(home)
