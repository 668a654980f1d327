"""L3: what 100,000 samples cost the host: time, CPU, memory, disk.

Questions about a few pages, so that what is measured is the machinery: a toy that answers at once,
in batches of 8. Beside it the floor: a plain loop that asks nobody, and writes and syncs the same
lines in groups as large. Memory grows from a quarter of the answers to the last of them.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from tests.bench.measured import measure
from tests.bench.row import Row, timed_s
from tests.fault.test_g14_soak import PAGES, write_rows
from tests.workspace import MAIN, Workspace
from vlmhb.store import RunDir, recover

SAMPLES = 100_000
BATCH = 8
LOOK_S = 0.1
TENTHS = 10

FLOOR = """
import os, sys
lines = open(sys.argv[1], "rb").read().splitlines(keepends=True)
fd = os.open(sys.argv[2], os.O_CREAT | os.O_APPEND | os.O_WRONLY)
for start in range(0, len(lines), int(sys.argv[3])):
    os.write(fd, b"".join(lines[start : start + int(sys.argv[3])]))
    os.fdatasync(fd)
"""


def follow(host: "subprocess.Popen[bytes]", journal: Path) -> tuple[float, list[tuple[int, int]]]:
    """CPU seconds of the host, and (bytes of the journal, its resident bytes) as they grew.

    What it starts beside workers counts, too: to score, to draw, to look something up.
    """
    cpu_s: dict[int, float] = {}
    looks = []
    process = psutil.Process(host.pid)
    while host.poll() is None:
        try:
            for one in (process, *process.children()):
                cpu_s[one.pid] = spent_s(one) or cpu_s.get(one.pid, 0.0)
            if journal.exists():
                looks.append((journal.stat().st_size, process.memory_info().rss))
        except psutil.Error:
            break
        time.sleep(LOOK_S)
    return sum(cpu_s.values()), looks


def spent_s(process: psutil.Process) -> float:
    """CPU seconds of one that is no worker; 0 when it is gone."""
    with suppress(psutil.Error):
        if not any("vlmhb_worker" in word for word in process.cmdline()):
            times = process.cpu_times()
            return times.user + times.system
    return 0.0


def memory(looks: list[tuple[int, int]]) -> Iterator[Row]:
    """Resident memory by tenths of the answers, how much it grew, and the most of the whole run."""
    whole = looks[-1][0]
    answering = [(size, rss) for size, rss in looks if size < whole]
    for tenth in range(1, TENTHS + 1):
        share = tenth / TENTHS
        rss = next((rss for size, rss in looks if size >= whole * share), looks[-1][1])
        yield alone(f"resident memory at {round(SAMPLES * share):,} answers", "MiB", rss / 2**20)
    late = [rss for size, rss in answering if size >= whole / 4]
    growth = (late[-1] - late[0]) / 2**20
    yield Row("L3", "growth of memory while answering", "MiB", limit=20, ours=[growth])
    most = max(rss for _, rss in looks)
    yield alone("most resident memory, with scores and documents", "MiB", most / 2**20)


def alone(what: str, unit: str, figure: float) -> Row:
    """A figure that no goal asks for."""
    return Row("", what, unit, ours=[figure])


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="vlmhb-bench-") as name:
        folder = Path(name)
        space = Workspace.create(folder / "user", folder / "envs", samples=PAGES)
        space.write_model("model", {"batch_size": BATCH})
        write_rows(space, SAMPLES)
        space.vlmhb("run", "run", "--limit", "1", "--ui", "none")  # builds the env
        run = RunDir(space.path / "run")
        words = [*MAIN, "run", "run", "--out", str(run.path), "--ui", "none"]
        began_s = time.perf_counter()
        with subprocess.Popen(
            words, cwd=space.path, env=space.environment(), stdout=subprocess.DEVNULL
        ) as host:
            cpu_s, looks = follow(host, run.journal)
        took_s = time.perf_counter() - began_s
        floor = [sys.executable, "-c", FLOOR, str(run.journal), f"{run.path}/floor", str(BATCH)]
        floor_s = timed_s(lambda: subprocess.run(floor, check=True))
        reload_s = timed_s(lambda: count(run))
        what = f"run of {SAMPLES:,} samples"
        yield Row("", what, "s", "the same lines, written and synced", None, [took_s], [floor_s])
        yield alone("samples per second of that run", "per s", SAMPLES / took_s)
        each_ms = cpu_s / SAMPLES * 1e3
        yield Row("L3", "CPU of the host per sample, to the report", "ms", limit=1, ours=[each_ms])
        yield Row("L3", f"journal of {SAMPLES:,} answers read", "s", limit=3, ours=[reload_s])
        yield from memory(looks)
        yield from sizes(run)


def count(run: RunDir) -> None:
    """Read the journal as the next start of this run would."""
    assert len(recover(run.journal).ids) == SAMPLES


def sizes(run: RunDir) -> Iterator[Row]:
    derived = sum(file.stat().st_size for file in run.derived.rglob("*") if file.is_file())
    yield alone("answers.jsonl", "MB", run.journal.stat().st_size / 1e6)
    yield alone("report.html", "MB", (run.derived / "report.html").stat().st_size / 1e6)
    yield alone("all that is derived", "MB", derived / 1e6)


if __name__ == "__main__":
    measure("volume", __doc__, rows)
