"""The kernel kills a worker because memory ran out: real, where this system lets us set a limit."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from vlmhb.system.mounts import read_mounts

LIMIT_BYTES = 224 << 20
"""Host, guard and worker fit in, and not what the toy's `hog` takes."""
PATIENCE_S = 120.0

HOST = """
import json, os, sys
from pathlib import Path
Path(sys.argv[1], "cgroup.procs").write_text(str(os.getpid()))
from tests.build import model
from tests.fault.hosts import run_of
from vlmhb.domain.answer import Answer
from vlmhb.schedule import progress as steps
spec = model("m", params={"faults": {"culprit": "hog"}})
seen = list(run_of(Path(sys.argv[2]), [spec], ("before", "culprit", "after"), look_s=60))
outcomes = [step.outcome for step in seen if isinstance(step, steps.Answered)]
print(json.dumps({
    "lost": [step.reason for step in seen if isinstance(step, steps.WorkerLost)],
    "outcomes": {
        one.request_id: "" if isinstance(one, Answer) else [one.reason.value, one.error.message]
        for one in outcomes
    },
}))
"""


@pytest.fixture
def group() -> Iterator[Path]:
    """A control group of our own whose processes cannot have much memory."""
    mounts = read_mounts()
    tops = [m for m in mounts if m.type == "cgroup" and "memory" in m.options]
    tops += [m for m in mounts if m.type == "cgroup2"]
    folder = None
    for top in tops:
        made = Path(top.point) / f"vlmhb-test-{os.getpid()}"
        try:
            made.mkdir()
        except OSError:
            continue
        limit = made / ("memory.max" if top.type == "cgroup2" else "memory.limit_in_bytes")
        try:
            limit.write_text(str(LIMIT_BYTES))
            (made / "cgroup.procs").read_text()
        except OSError:  # without the controller of memory
            made.rmdir()
            continue
        folder = made
        break
    if folder is None:
        pytest.skip("no control group with a limit of memory can be made here")
    yield folder
    folder.rmdir()


def test_a_worker_that_the_kernel_ends_for_memory_fails_its_request_for_that(
    group: Path, tmp_path: Path
):
    host = subprocess.run(
        [sys.executable, "-c", HOST, str(group), str(tmp_path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )

    assert 0 == host.returncode, "the kernel took the host, and not the worker"
    told = json.loads(host.stdout)
    assert 1 <= len(told["lost"])
    for reason in told["lost"]:
        assert "the kernel ended it, because memory ran out: SIGKILL" in reason
    reason, message = told["outcomes"].pop("culprit")
    assert "oom" == reason
    assert "because memory ran out" in message
    assert {"before": "", "after": ""} == told["outcomes"]
