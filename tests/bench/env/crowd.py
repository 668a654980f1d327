"""Processes that want one env at once. As a program: one of them."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE
from typing import Any

from tests.bench.env.world import World, bench_spec
from vlmhb.domain.envspec import Env
from vlmhb.env import EnvStore


def start_and_ensure(world: World) -> None:
    """One more process, from its start to the env of the world's own store."""
    subprocess.run(
        _program(world), input=f"{world.store.root}\n", check=True, stdout=PIPE, text=True
    )


class Crowd:
    """Processes that have imported what they need and wait to be told a store."""

    def __init__(self, world: World, count: int) -> None:
        self._processes = [
            subprocess.Popen(_program(world), stdin=PIPE, stdout=PIPE, text=True)
            for _ in range(count)
        ]
        for process in self._processes:
            self._expect(process, "ready")

    def ensure(self, root: Path, count: int) -> int:
        """Have `count` of them want the env in the same store; how many builds that took."""
        wanting = self._processes[:count]
        for process in wanting:
            assert process.stdin is not None
            process.stdin.write(f"{root}\n")
            process.stdin.flush()
        return sum(int(self._expect(process, "done")) for process in wanting)

    def close(self) -> None:
        """Let them end."""
        for process in self._processes:
            process.communicate()

    def _expect(self, process: "subprocess.Popen[str]", word: str) -> str:
        """What follows `word`."""
        assert process.stdout is not None
        said = process.stdout.readline().strip()
        if not said.startswith(word):
            raise RuntimeError(f"one of the crowd said {said!r}, not {word!r}")
        return said.removeprefix(word)


def _program(world: World) -> list[str]:
    return [sys.executable, "-m", "tests.bench.env.crowd", world.spec.folder]


class CountingStore(EnvStore):
    """Knows how often this process built an env."""

    builds = 0

    def _build(self, *words: Any, **named: Any) -> Env | None:
        CountingStore.builds += 1
        return super()._build(*words, **named)


if __name__ == "__main__":
    store = CountingStore(Path("/"))
    print("ready", flush=True)
    for line in sys.stdin:
        before = CountingStore.builds
        replace(store, root=Path(line.strip())).ensure(bench_spec(sys.argv[1]))
        print("done", CountingStore.builds - before, flush=True)
