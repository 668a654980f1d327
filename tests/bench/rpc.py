"""What the wire and the start of a worker cost, beside the least they could cost.

    python -m tests.bench.rpc

R1 asks a worker one tiny question at a time and a bare child that echoes a pipe the same. S1 starts
a worker up to its greeting and a bare interpreter up to its end. Both sides take turns in each
round, because the speed of a machine changes by the minute; only the ratios mean something.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from vlmhb_worker import wire

from tests.contract.workers import RawWorker, Session, ask
from vlmhb.domain.envspec import EnvSpec
from vlmhb.env.caller import Caller
from vlmhb.env.probe import probe
from vlmhb.worker import Answered, Hello

ROUNDS = 9
CALLS = 1_000
STARTS = 5

ECHO = """
import os
while piece := os.read(0, 65536):
    os.write(1, piece)
"""


def p50_us(call: Callable[[], object], calls: int = CALLS) -> float:
    """Median of one call, in microseconds."""
    times_ns = []
    for _ in range(calls):
        started_ns = time.perf_counter_ns()
        call()
        times_ns.append(time.perf_counter_ns() - started_ns)
    return statistics.median(times_ns) / 1_000


class Echo:
    """A bare child that sends back what it gets."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-c", ECHO],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._requests = self.process.stdin.fileno()
        self._answers = self.process.stdout.fileno()
        self._payload = wire.encode({"type": "ping", "nonce": 1}, wire.FROM_HOST)

    def call(self) -> None:
        os.write(self._requests, self._payload)
        os.read(self._answers, 65_536)


class Calls:
    """Tiny calls of each kind, in turns."""

    def __init__(self, folder: Path) -> None:
        self._echo = Echo()
        self._raw = RawWorker(folder)
        self._raw.load()
        self._session = Session(folder, sys.executable)
        self._session.load()
        self._count = 0

    def ping(self) -> None:
        """Frames only: no model, no host client."""
        self._raw.send("ping", nonce=1)
        self._raw.receive()

    def answer(self) -> None:
        """The whole way: client, worker's queue, toy backend, event."""
        self._count += 1
        self._session.worker.send(ask("q", str(self._count)))
        self._session.expect(Answered)

    def round(self) -> dict[str, float]:
        """Median microseconds by row."""
        return {
            "raw pipe echo (floor)": p50_us(self._echo.call),
            "R1 ping, frames": p50_us(self.ping),
            "R1 toy answer through the client": p50_us(self.answer),
        }

    def close(self) -> None:
        """End the three children."""
        self._session.worker.kill()
        self._session.worker.join(10)
        for process in (self._raw.process, self._echo.process):
            process.terminate()
            process.wait()


def start_bare() -> None:
    """A bare interpreter, from nothing to its end."""
    subprocess.run([sys.executable, "-I", "-c", "pass"], check=True)


def start_worker(folder: Path) -> float:
    """Microseconds from nothing to the greeting."""
    session = Session(folder, sys.executable)
    started_ns = time.perf_counter_ns()
    session.worker.start()
    session.expect(Hello)
    elapsed_ns = time.perf_counter_ns() - started_ns
    session.worker.kill()
    session.worker.join(10)
    return elapsed_ns / 1_000


def leave_bytecode() -> None:
    """Beside the worker's files, as the build of an env does for its Python."""
    spec = EnvSpec(name="bench", folder=".", python=">=3.8", requirements=(), imports=())
    probe(spec, Path(sys.executable), Caller())


def start_round(folder: Path) -> dict[str, float]:
    """Median microseconds by row."""
    return {
        "bare interpreter (floor)": p50_us(start_bare, STARTS),
        "S1 worker to hello": statistics.median(start_worker(folder) for _ in range(STARTS)),
    }


def table(title: str, unit: str, per_unit: float, rounds: list[dict[str, float]]) -> str:
    """Markdown: median and range of the rounds, and the ratio to the first row of each round."""
    floor = next(iter(rounds[0]))
    lines = [f"| {title} | {unit}, median | min-max | ratio |", "|---|---|---|---|"]
    for row in rounds[0]:
        values = [one[row] / per_unit for one in rounds]
        ratio = statistics.median(one[row] / one[floor] for one in rounds)
        lines.append(
            f"| {row} | {statistics.median(values):.1f} "
            f"| {min(values):.1f}-{max(values):.1f} | {ratio:.2f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Print both tables."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        calls = Calls(folder)
        try:
            call_rounds = [calls.round() for _ in range(ROUNDS)]
        finally:
            calls.close()
        leave_bytecode()
        start_rounds = [start_round(folder) for _ in range(ROUNDS)]
    print(table(f"tiny call, {ROUNDS} rounds of {CALLS}", "us", 1, call_rounds))
    print()
    print(table(f"start, {ROUNDS} rounds of {STARTS}", "ms", 1_000, start_rounds))


if __name__ == "__main__":
    main()
