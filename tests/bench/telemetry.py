"""What looking at workers costs.

The workers are real: trees of processes with as many threads as a model's libraries start. The
GPUs answer through our own protocol, each question in a thread of its own, as a driver's would.
What is counted is the CPU time of the whole host process, with the file that is written.
"""

import contextlib
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.measured import measure
from tests.bench.row import Row
from tests.fakes import GIB, FakeGpus, gpu
from vlmhb.schedule.gpus.careful import CarefulGpus
from vlmhb.schedule.progress import Measured
from vlmhb.schedule.telemetry.sampler import Sampler, Told
from vlmhb.schedule.telemetry.watch import Started
from vlmhb.store import TelemetryWriter
from vlmhb.system.gpu_counters import GpuCounters

GOAL = 0.005
SECONDS = 20.0
CROWDS = (1, 4, 8)
THREADS = 64
CHILDREN = 4
WORKER = f"""
import subprocess, sys, threading
stop = threading.Event()
for _ in range({THREADS}):
    threading.Thread(target=stop.wait, daemon=True).start()
children = [subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"])
            for _ in range({CHILDREN})]
print("ready", flush=True)
sys.stdin.read()
"""
GUARD = f"""
import subprocess, sys
sys.exit(subprocess.run([sys.executable, "-c", {WORKER!r}]).returncode)
"""


class BusyGpus(FakeGpus):
    """GPUs that tell everything, and of twenty processes."""

    def counters(self, uuid: str) -> GpuCounters:
        began_s = time.thread_time()
        told = GpuCounters(
            used_bytes=9 * GIB,
            by_process=dict.fromkeys(range(20), GIB),
            utilisation=0.9,
            power_w=300.0,
            energy_j=300.0 * time.monotonic(),
            temperature_c=60,
            throttling=frozenset({"power_cap"}),
        )
        return GpuCounters(
            *(getattr(told, name) for name in told.__slots__[:-1]),  # type: ignore[misc]
            cost_s=time.thread_time() - began_s,
        )


@contextlib.contextmanager
def crowd(workers: int) -> Iterator[list[int]]:
    """The pids of so many guards, each with its worker and the worker's children."""
    guards = [
        subprocess.Popen(
            [sys.executable, "-c", GUARD], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(workers)
    ]
    try:
        for guard in guards:
            assert guard.stdout is not None
            guard.stdout.readline()
        yield [guard.pid for guard in guards]
    finally:
        for guard in guards:
            guard.communicate()


def share_of(pids: list[int], file: Path) -> tuple[float, int, int]:
    """CPU seconds per second, looks, and bytes written."""
    writer = TelemetryWriter(file)

    def tell(told: Told) -> None:
        if isinstance(told, Measured):
            writer.keep(told.worker, is_last=told.is_last)

    gpus = BusyGpus(*(gpu(str(place)) for place in range(len(pids))))
    sampler = Sampler(CarefulGpus(gpus, 5.0).counters, tell)
    began_s, began_cpu_s = time.monotonic(), time.process_time()
    for place, pid in enumerate(pids):
        name = f"model-{place}"
        sampler.started(Started(name, name, pid, (f"GPU-{place}",)))
    threading.Event().wait(SECONDS)
    spent_s = time.process_time() - began_cpu_s
    share = spent_s / (time.monotonic() - began_s)
    sampler.close()
    writer.close()
    return share, sampler.cost.looks, file.stat().st_size


def rows() -> Iterator[Row]:
    for workers in CROWDS:
        with tempfile.TemporaryDirectory() as name, crowd(workers) as pids:
            share, looks, size = share_of(pids, Path(name, "telemetry.jsonl"))
        what = f"{workers} workers"
        yield Row("", f"{what}: of one core", "%", limit=100 * GOAL, ours=[100 * share])
        yield Row("", f"{what}: between two looks", "s", ours=[SECONDS / looks])
        yield Row("", f"{what}: file, per worker and line", "B", ours=[size / looks / workers])


if __name__ == "__main__":
    measure("telemetry", __doc__, rows)
