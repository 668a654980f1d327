"""Host and worker are SIGKILLed again and again; the run goes on each time it is started."""

import os
import random
import signal
import subprocess
from collections import Counter
from pathlib import Path

import psutil
import pytest

from tests.fault import kit
from tests.workspace import Workspace, derived_files
from vlmhb.domain.answer import Answer, Outcome
from vlmhb.store import read_journal

SAMPLES = 400
WORKER_SHARE = 0.6
STARTING_S = 3.0
"""When the first kill of a start may fall: before, while or after the model loads."""
RUNNING_S = 0.8


def guard_of(host: int) -> int | None:
    """The pid of the worker's guard, or None while there is none."""
    try:
        children = psutil.Process(host).children()
        guards = [c for c in children if any("vlmhb_worker" in word for word in c.cmdline())]
    except psutil.NoSuchProcess:
        return None
    return guards[0].pid if guards else None


def kill_once(chance: random.Random, host: "subprocess.Popen[str]", longest_s: float) -> str | None:
    """SIGKILL the host, the guard or the worker at random, and say which; None if the run ended."""
    try:
        host.wait(timeout=chance.uniform(0.02, longest_s))
    except subprocess.TimeoutExpired:
        pass
    else:
        return None
    victims = {"host": host.pid}
    guard = guard_of(host.pid)
    try:
        if guard is not None and chance.random() < WORKER_SHARE:
            workers = [child.pid for child in psutil.Process(guard).children()]
            victims = dict(zip(("guard", "worker"), (guard, *workers), strict=False))
        name = chance.choice(sorted(victims))
        os.kill(victims[name], signal.SIGKILL)
    except (ProcessLookupError, psutil.NoSuchProcess):
        return None
    return name


def durable(run: Path) -> dict[str, Outcome]:
    return dict(read_journal(run / "answers.jsonl").outcomes)


@pytest.mark.uv
def test_random_kills_lose_nothing_duplicate_nothing_and_change_no_result(
    tmp_path: Path, shared_envs: Path, size: kit.Size, goals: kit.Goals, chance: random.Random
):
    wanted = size(ci=60, release=1_000)
    space = Workspace.create(tmp_path / "user", shared_envs, samples=SAMPLES)
    space.write_model("model", {"delay_s": 0.02, "batch_size": 4})
    calm = finish(space, space.path / "calm")
    kills: Counter[str] = Counter()
    starts = 0
    shaken = space.path / "shaken-0"
    while kills.total() < wanted:
        before = durable(shaken)
        if len(before) == SAMPLES:
            assert calm == finish(space, shaken)
            shaken, before = space.path / f"shaken-{starts}", {}
        starts += 1
        host = space.start("run", "run", "--out", str(shaken), "--ui", "none")
        longest_s = STARTING_S
        while host.poll() is None and kills.total() < wanted:
            victim = kill_once(chance, host, longest_s)
            kills.update([victim] if victim else [])
            longest_s = RUNNING_S
        host.kill()
        host.communicate(timeout=60)
        after = durable(shaken)
        assert before.items() <= after.items()

    assert calm == finish(space, shaken)
    goals.add("G1", tried=wanted, note=f"{dict(kills)} over {starts} starts")
    assert min(kills["host"], kills["guard"], kills["worker"]) >= wanted // 10


def finish(space: Workspace, run: Path) -> dict[str, bytes]:
    """Let the run end in peace; every request then has exactly one answer.

    What it took of the machine depends on what happened to it, so the documents are those without.
    """
    end = space.vlmhb("run", "run", "--out", str(run))
    assert end.code == 0, end.err
    outcomes = durable(run)
    assert SAMPLES == len(outcomes)
    assert all(isinstance(outcome, Answer) for outcome in outcomes.values())
    (run / "telemetry.jsonl").unlink()
    assert space.vlmhb("report", str(run)).code == 0
    return derived_files(run)
