"""The time of day jumps by an hour, on or back, at every look: nothing but labels follows it."""

import datetime
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workspace import PATIENCE_S, Workspace, derived_files
from vlmhb.domain.answer import Answer, FailedAnswer, FailureReason
from vlmhb.store import RunDir, RunLock, read_journal, read_manifest

ON_S, BACK_S = 3600, -3600
JUMPING = """
import datetime, itertools, time
true_s, real = time.time, datetime.datetime
jumps_s = itertools.count({0}, {0})
class Alike(type):
    def __instancecheck__(cls, instance):
        return isinstance(instance, real)
class Jumping(real, metaclass=Alike):
    @classmethod
    def now(cls, tz=None):
        return real.fromtimestamp(time.time(), tz)
time.time = lambda: true_s() + next(jumps_s)
time.time_ns = lambda: int(time.time() * 1e9)
datetime.datetime = Jumping
"""
"""A sitecustomize.py: each time that anybody in that process reads the clock, it was set again."""
RULES = """
import sys
from dataclasses import replace
from pathlib import Path
from vlmhb.store import lockfile
from vlmhb.system.file_lock import Taken
from vlmhb.system.owner import this_process
rules = lockfile.LockRules(
    0.05, 600.0, 0.05, take=lambda fd: Taken.YES, are_true=lambda folder: False
)
"""
HOLDER = """
name = replace(this_process(), boot_id="another machine's")
lockfile.this_process = lambda: name
with lockfile.RunLock(Path(sys.argv[1]), rules) as lock:
    print("held", flush=True)
    sys.stdin.read()
    lock.check()
    lock.confirm()
    print("still held", flush=True)
"""
COMER = """
with lockfile.RunLock(Path(sys.argv[1]), rules):
    pass
"""


def jumping(jump_s: int, folder: Path) -> dict[str, str]:
    """What the environment of a process with such a clock says."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(JUMPING.format(jump_s))
    paths = (str(folder), os.environ.get("PYTHONPATH", ""))
    return {"PYTHONPATH": os.pathsep.join(filter(None, paths))}


def wrong_by_s(run: Path) -> float:
    """How far from now the run says that it began."""
    (segment,) = read_manifest(RunDir(run).manifest).segments
    began = datetime.datetime.strptime(segment.started_at, "%Y-%m-%dT%H:%M:%S%z")
    return abs((datetime.datetime.now(datetime.timezone.utc) - began).total_seconds())


@pytest.mark.uv
def test_a_run_makes_the_same_documents(workspace: Workspace, tmp_path: Path):
    workspace.write_model("model", {"delay_s": 0.05})
    clocks = {
        "calm": {},
        "on": jumping(ON_S, tmp_path / "1"),
        "back": jumping(BACK_S, tmp_path / "2"),
    }
    for name, clock in clocks.items():
        ended = workspace.vlmhb("run", "run", "--out", name, **clock)
        assert 0 == ended.code, ended.err
        (workspace.path / name / "telemetry.jsonl").unlink()  # what workers took is never the same
        made = workspace.vlmhb("report", name, **clock)
        assert 0 == made.code, made.err

    calm, *others = (derived_files(workspace.path / name) for name in clocks)
    assert [calm, calm] == others
    assert min(wrong_by_s(workspace.path / name) for name in ("on", "back")) >= ON_S


@pytest.mark.uv
def test_a_worker_that_hangs_is_ended_when_it_should_be(workspace: Workspace, tmp_path: Path):
    """Its time would never be over on a clock that is always set back."""
    workspace.write_model("model", {"faults": {"page2.png": "hang_sleep"}}, answer_timeout_s=4)

    end = workspace.vlmhb("run", "run", "--out", "out", **jumping(BACK_S, tmp_path / "clock"))

    assert 3 == end.code, end.err
    outcomes = list(read_journal(workspace.path / "out/answers.jsonl").outcomes.values())
    (failed,) = (one for one in outcomes if isinstance(one, FailedAnswer))
    assert FailureReason.TIMEOUT is failed.reason
    assert 5 == sum(isinstance(one, Answer) for one in outcomes)


@pytest.mark.uv
def test_a_worker_that_thinks_is_not_ended(workspace: Workspace, tmp_path: Path):
    """The host looks at it four times a second, and each time the clock was put on."""
    workspace.write_model("model", {"delay_s": 4.0}, answer_timeout_s=10)
    clock = jumping(ON_S, tmp_path / "clock")

    end = workspace.vlmhb("run", "run", "--out", "out", "--limit", "1", **clock)

    assert 0 == end.code, end.err


@pytest.mark.parametrize("jump_s", [ON_S, BACK_S])
def test_nobody_takes_a_lock_over_or_lets_go_of_it(tmp_path: Path, jump_s: int):
    """Neither who holds it nor who waits to see whether the holder is silent."""
    lock = tmp_path / "LOCK"
    words, environment = (str(lock),), dict(os.environ) | jumping(jump_s, tmp_path / "clock")
    holder = subprocess.Popen(
        [sys.executable, "-c", RULES + HOLDER, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    try:
        assert holder.stdout is not None
        assert "held\n" == holder.stdout.readline()
        comer = subprocess.run(
            [sys.executable, "-c", RULES + COMER, *words],
            capture_output=True,
            text=True,
            env=environment,
            check=False,
            timeout=PATIENCE_S,
        )
        pid = json.loads(lock.read_text())["pid"]
        said, _ = holder.communicate("", timeout=PATIENCE_S)
    finally:
        holder.kill()

    assert f"another vlmhb is writing it: pid {holder.pid}" in comer.stderr
    assert holder.pid == pid
    assert ("still held\n", 0) == (said, holder.returncode)
    with RunLock(lock):
        assert os.getpid() == json.loads(lock.read_text())["pid"]
