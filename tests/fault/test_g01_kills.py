"""Host and worker are SIGKILLed again and again; the run goes on each time it is started."""

import contextlib
import os
import random
import signal
import subprocess
from collections import Counter
from pathlib import Path

import psutil
import pytest

from tests.fault.kit import Goals, Size
from tests.workspace import Workspace, derived_files
from vlmhb.domain.answer import Answer, Outcome
from vlmhb.store import read_journal
from vlmhb.system.clock import monotonic_s

WORKER_SHARE = 0.6
STARTING_S = 2.0
"""When the first kill of a start may hit the host: before, while or after the model loads."""
RUNNING_S = 0.6
LOOK_S = 0.02


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
    is_for_worker = chance.random() < WORKER_SHARE
    while is_for_worker and guard_of(host.pid) is None and not has_ended(host, LOOK_S):
        pass
    if has_ended(host, chance.uniform(0.02, RUNNING_S if is_for_worker else longest_s)):
        return None
    victims = {"host": host.pid}
    guard = guard_of(host.pid)
    try:
        if guard is not None and is_for_worker:
            workers = [child.pid for child in psutil.Process(guard).children()]
            victims = dict(zip(("guard", "worker"), (guard, *workers), strict=False))
        name = chance.choice(sorted(victims))
        os.kill(victims[name], signal.SIGKILL)
    except (ProcessLookupError, psutil.NoSuchProcess):
        return None
    return name


def has_ended(host: "subprocess.Popen[str]", within_s: float) -> bool:
    """Whether the run ends in that time."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        host.wait(within_s)
        return True
    return False


def durable(run: Path) -> dict[str, Outcome]:
    return dict(read_journal(run / "answers.jsonl").outcomes)


@pytest.mark.uv
def test_random_kills_lose_nothing_duplicate_nothing_and_change_no_result(
    tmp_path: Path, shared_envs: Path, size: Size, goals: Goals, chance: random.Random
):
    samples, most = size(ci=400, release=5_000), size(ci=60, release=1_000)
    space = Workspace.create(tmp_path / "user", shared_envs, samples=samples)
    space.write_model("model", {"delay_s": 0.02, "batch_size": 4})
    calm = finish(space, space.path / "calm", samples)
    kills: Counter[str] = Counter()
    starts = lost = 0
    began_s = monotonic_s()
    shaken = space.path / "shaken-0"
    while kills.total() < most:
        before = durable(shaken)
        if len(before) == samples:
            assert calm == finish(space, shaken, samples)
            shaken, before = space.path / f"shaken-{starts}", {}
        starts += 1
        host = space.start("run", "run", "--out", str(shaken), "--ui", "none")
        longest_s = STARTING_S
        while host.poll() is None and kills.total() < most:
            victim = kill_once(chance, host, longest_s)
            kills.update([victim] if victim else [])
            longest_s = RUNNING_S
        host.kill()
        host.communicate(timeout=60)
        lost += len(before.items() - durable(shaken).items())
        assert 0 == lost

    took_s = monotonic_s() - began_s
    assert calm == finish(space, shaken, samples)
    told = ", ".join(f"{count} of the {name}" for name, count in sorted(kills.items()))
    goals.add(
        "G1",
        tried=kills.total(),
        lost=lost,
        note=f"SIGKILLs ({told}) over {starts} starts in {took_s:.0f} s, {samples:,} samples; "
        "documents equal byte for byte",
    )
    assert min(kills["host"], kills["guard"], kills["worker"]) >= most // 10


def finish(space: Workspace, run: Path, samples: int) -> dict[str, bytes]:
    """Let the run end in peace; every request then has exactly one answer.

    Reading the journal refuses one that has two. What the run took of the machine depends on what
    happened to it, so the documents are those without.
    """
    end = space.vlmhb("run", "run", "--out", str(run))
    assert end.code == 0, end.err
    outcomes = durable(run)
    assert samples == len(outcomes)
    assert all(isinstance(outcome, Answer) for outcome in outcomes.values())
    (run / "telemetry.jsonl").unlink()
    assert space.vlmhb("report", str(run)).code == 0
    return derived_files(run)
