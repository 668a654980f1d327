"""A process that only sees time go by, and so knows when the whole machine stood still.

A virtual machine that is moved, a container that is frozen and a disk that is stuck stop all that
is on them, whoever wrote it. What was promised to take two seconds may take twenty then, and says
nothing about who promised it. This process does as little as one can, in a file of the same disk:
where it does not come round to that for half a second, nobody else came round to anything.
"""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOOKS_EVERY_S = 0.05
LEAST_S = 0.5
"""Less is a machine that is busy, with which programs must cope."""


class Onlooker:
    """Tells how long something took, without the time in which the machine stood still."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Of the process that looks."""
        return self._process.pid

    def seconds_since(self, began_s: float) -> float:
        """From `began_s` of the monotonic clock until now."""
        return self.seconds_between(began_s, time.monotonic())

    def seconds_between(self, began_s: float, ended_s: float) -> float:
        """The same for what is over."""
        stood_s = sum(
            max(0.0, min(until_s, ended_s) - max(since_s, began_s))
            for since_s, until_s in self._stops()
        )
        return ended_s - began_s - stood_s

    def _stops(self) -> list[tuple[float, float]]:
        """Since when and until when the machine stood still, up to now."""
        if self._process.stdin is None or self._process.stdout is None:
            raise AssertionError("both were asked for")
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        stops: list[tuple[float, float]] = json.loads(self._process.stdout.readline())
        return stops


@contextmanager
def looking_on(folder: Path) -> Iterator[Onlooker]:
    """One that looks from now on, and touches a file in `folder`."""
    with subprocess.Popen(
        [sys.executable, "-I", "-S", __file__, str(folder / "touched")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        onlooker = Onlooker(process)
        onlooker.seconds_since(time.monotonic())  # which it answers once it looks
        yield onlooker
        if process.stdin is not None:
            process.stdin.close()  # which ends it


def look_on(path: Path) -> None:
    """Answer each line with the stops there were, until there are no more lines."""
    stops: list[tuple[float, float]] = []
    looked_s = time.monotonic()
    while True:
        asked, _, _ = select.select([0], [], [], LOOKS_EVERY_S)
        path.touch()
        path.unlink()
        now_s = time.monotonic()
        if now_s - looked_s > LEAST_S:
            stops.append((looked_s, now_s))
        looked_s = now_s
        if asked:
            if not os.read(0, 1):
                return
            print(json.dumps(stops), flush=True)


if __name__ == "__main__":
    look_on(Path(sys.argv[1]))
