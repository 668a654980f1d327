"""Several workers of one model at once, in real processes."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.workspace import PATIENCE_S, Workspace, derived_files
from vlmhb.domain.answer import FailedAnswer
from vlmhb.store import RunDir, read_journal, read_manifest, read_telemetry

pytestmark = pytest.mark.uv

SAMPLES = 120


@pytest.fixture
def space(tmp_path: Path, shared_envs: Path) -> Workspace:
    made = Workspace.create(tmp_path / "user", shared_envs, samples=SAMPLES)
    made.write_model("model", {"delay_s": 0.03})
    return made


def comparable(run: Path) -> dict[str, bytes]:
    """The documents, but for those that tell what workers took of the machine."""
    files = derived_files(run)
    return {name: files[name] for name in ("answers.csv", "scores.csv", "metrics.csv")}


def test_two_workers_share_the_work_and_the_documents_are_those_of_one(space: Workspace):
    one = space.vlmhb("run", "run", "--out", "one", "--max-workers", "1")
    two = space.vlmhb("run", "run", "--out", "two", "--max-workers", "2", "--ui", "plain")

    assert (0, 0) == (one.code, two.code), one.err + two.err
    assert comparable(space.path / "one") == comparable(space.path / "two")
    run = RunDir(space.path / "two")
    (segment,) = read_manifest(run.manifest).segments
    assert ["model", "model"] == [start.model for start in segment.workers]
    told = [worker.totals.n_answers for worker in read_telemetry(run.telemetry)]
    assert 2 == len(told)
    assert SAMPLES == sum(told)
    assert min(told) > SAMPLES // 8
    assert re.search(r"model#2: loaded in", two.err)


def workers_of(host: "subprocess.Popen[str]") -> list[psutil.Process]:
    """Its worker processes, without their guards."""
    found = []
    for process in psutil.Process(host.pid).children(recursive=True):
        try:
            if "vlmhb_worker" in " ".join(process.cmdline()) and not process.children():
                found.append(process)
        except psutil.Error:
            pass
    return found


def test_a_worker_that_is_killed_is_replaced_while_the_other_goes_on(space: Workspace):
    host = space.start("run", "run", "--out", "out", "--max-workers", "2", "--ui", "plain")
    journal = space.path / "out/answers.jsonl"
    deadline_s = time.monotonic() + PATIENCE_S
    while not (journal.exists() and len(journal.read_bytes().splitlines()) > SAMPLES // 3):
        assert host.poll() is None
        assert time.monotonic() < deadline_s
        time.sleep(0.01)
    victims = workers_of(host)

    os.kill(victims[0].pid, signal.SIGKILL)
    _, err = host.communicate(timeout=PATIENCE_S)

    assert 0 == host.returncode, err
    outcomes = read_journal(journal).outcomes
    assert SAMPLES == len(outcomes)
    assert not any(isinstance(one, FailedAnswer) for one in outcomes.values())
    assert "worker lost" in err


def test_a_sample_that_kills_its_worker_leaves_the_other_alone(space: Workspace):
    space.write_model("model", {"delay_s": 0.03, "faults": {"page60.png": "segv"}})

    end = space.vlmhb("run", "run", "--out", "out", "--max-workers", "2")

    assert 3 == end.code, end.err
    outcomes = read_journal(space.path / "out/answers.jsonl").outcomes
    failed = [one for one in outcomes.values() if isinstance(one, FailedAnswer)]
    assert SAMPLES == len(outcomes)
    assert ["worker_died"] == [one.reason.value for one in failed]
