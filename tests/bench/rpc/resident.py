"""A process that makes calls of its own kind, and says how long they took."""

import contextlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PRELUDE = '''
import os, statistics, sys, time

def p50_us(call, count):
    times_ns = []
    for _ in range(count):
        started_ns = time.perf_counter_ns()
        call()
        times_ns.append(time.perf_counter_ns() - started_ns)
    return statistics.median(times_ns) / 1_000

def serve(make_call, many=None):
    """Answer lines of KIND SIZE COUNT on stdin; `make_call(size)` is a call of that size."""
    calls = {}
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    print("ready", file=out)
    for line in sys.stdin:
        kind, size, count = line.split()[0], *map(int, line.split()[1:])
        if kind == "many":
            started_s = time.perf_counter()
            many(size, count)
            print("took", (time.perf_counter() - started_s) / count * 1e6, file=out)
            continue
        if size not in calls:
            calls[size] = make_call(size)
            calls[size]()
        print("took", p50_us(calls[size], count), file=out)
'''
"""What every program begins with. Its own calls answer with a few bytes."""


PATIENCE_S = 60.0


class Resident:
    """One side, measuring itself.

    Raises:
        RuntimeError: it does not run here.
    """

    def __init__(
        self,
        folder: Path,
        program: str,
        python: str | Path = sys.executable,
        variables: Mapping[str, str] = {},
        cpu: int | None = None,
    ) -> None:
        self._log = (folder / f"{id(self)}.log").open("w+")
        pin = [] if cpu is None else ["taskset", "-c", str(cpu)]
        self._process = subprocess.Popen(
            [*pin, str(python), "-c", PRELUDE + program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            cwd=folder,
            env={
                "PATH": os.pathsep.join([str(Path(python).parent), os.defpath]),
                "HOME": str(folder),
                **variables,
            },
            start_new_session=True,
        )
        self._expect("ready")

    def p50_us(self, size: int, count: int) -> float:
        """Median microseconds of a call that sends `size` bytes."""
        return self._measure(f"one {size} {count}\n")

    def each_us(self, size: int, count: int) -> float:
        """Microseconds per call while eight are in flight."""
        return self._measure(f"many {size} {count}\n")

    def _measure(self, order: str) -> float:
        assert self._process.stdin is not None
        self._process.stdin.write(order)
        self._process.stdin.flush()
        return float(self._expect("took"))

    def _expect(self, word: str) -> str:
        assert self._process.stdout is not None
        is_there, _, _ = select.select([self._process.stdout], [], [], PATIENCE_S)
        said = self._process.stdout.readline().split() if is_there else ["nothing"]
        if said[:1] != [word]:
            self._log.seek(0)
            lines = self._log.read().split("\n")
            self.kill()
            raise RuntimeError(next((line for line in reversed(lines) if line.strip()), "no word"))
        return said[-1]

    def close(self) -> None:
        """Let it end, or make it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self.kill()

    def kill(self) -> None:
        """End it and what it started, now."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._log.close()
