"""L3: what 100,000 samples cost the host: time, CPU, memory, disk.

Questions about a few pages, so that what is measured is the machinery. The toy answers at once,
64 at a time. Beside it the floor: the same lines written and synced in the same groups, by a plain
loop that asks nobody.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from tests.fault.test_g14_soak import PAGES, write_rows
from tests.workspace import Workspace
from vlmhb.store import RunDir, recover

BATCH = 64
LOOK_S = 0.2
SIZES = (1_000, 10_000, 100_000)
GOAL_MS = 1.0
GOAL_BYTES = 20 << 20
GOAL_RELOAD_S = 3.0

FLOOR = """
import os, sys
lines = open(sys.argv[1], "rb").read().splitlines(keepends=True)
fd = os.open(sys.argv[2], os.O_CREAT | os.O_APPEND | os.O_WRONLY)
for start in range(0, len(lines), int(sys.argv[3])):
    os.write(fd, b"".join(lines[start : start + int(sys.argv[3])]))
    os.fdatasync(fd)
"""


def follow(host: "subprocess.Popen[bytes]", journal: Path) -> tuple[float, list[tuple[int, int]]]:
    """CPU seconds of the host itself, and (bytes of the journal, resident bytes) as it grew."""
    cpu_s, looks = 0.0, []
    process = psutil.Process(host.pid)
    while host.poll() is None:
        try:
            times = process.cpu_times()
            cpu_s = times.user + times.system
            if journal.exists():
                looks.append((journal.stat().st_size, process.memory_info().rss))
        except psutil.Error:
            break
        time.sleep(LOOK_S)
    return cpu_s, looks


def growth_bytes(looks: list[tuple[int, int]]) -> int:
    """Between a quarter of the answers and the last of them, while they come."""
    whole = looks[-1][0]
    answering = [rss for size, rss in looks if whole / 4 <= size < whole]
    return answering[-1] - answering[0] if len(answering) > 1 else 0


def measure(space: Workspace, samples: int) -> str:
    write_rows(space, samples)
    run = RunDir(space.path / f"run-{samples}")
    words = [sys.executable, "-m", "vlmhb", "run", "run", "--out", str(run.path), "--ui", "none"]
    began_s = time.perf_counter()
    with subprocess.Popen(
        words, cwd=space.path, env=space.environment(), stdout=subprocess.DEVNULL
    ) as host:
        cpu_s, looks = follow(host, run.journal)
    took_s = time.perf_counter() - began_s
    floor = [sys.executable, "-c", FLOOR, str(run.journal), f"{run.path}/floor", str(BATCH)]
    began_s = time.perf_counter()
    subprocess.run(floor, check=True)
    floor_s = time.perf_counter() - began_s
    began_s = time.perf_counter()
    assert samples == len(recover(run.journal).ids)
    reload_s = time.perf_counter() - began_s
    derived = sum(file.stat().st_size for file in run.derived.rglob("*") if file.is_file())
    report = (run.derived / "report.html").stat().st_size
    return (
        f"| {samples:,} | {took_s:.1f} | {samples / took_s:,.0f} | {took_s / floor_s:.1f} "
        f"| {cpu_s / samples * 1e3:.2f} | {growth_bytes(looks) / 1e6:+.1f} "
        f"| {max(rss for _, rss in looks) / 1e6:.0f} | {reload_s:.2f} "
        f"| {run.journal.stat().st_size / 1e6:.1f} | {report / 1e6:.1f} | {derived / 1e6:.1f} |"
    )


def main() -> None:
    print(f"\n### L3: many samples through the toy, {BATCH} at a time, {os.cpu_count()} cores\n")
    print(
        "| samples | s, all of `vlmhb run` | per s | / writing and syncing the same lines "
        "| host CPU, ms per sample | RSS growth while answering, MB | peak RSS, MB "
        "| reload, s | journal, MB | report.html, MB | derived/, MB |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="vlmhb-bench-") as name:
        folder = Path(name)
        space = Workspace.create(folder / "user", folder / "envs", samples=PAGES)
        space.write_model("model", {"batch_size": BATCH})
        for samples in SIZES:
            print(measure(space, samples), flush=True)
    print(
        f"\ngoals: CPU {GOAL_MS:g} ms per sample, growth {GOAL_BYTES / 1e6:.0f} MB, "
        f"reload {GOAL_RELOAD_S:g} s"
    )


if __name__ == "__main__":
    main()
