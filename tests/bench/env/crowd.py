"""Processes that want one env at once. As a program: one of them."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE

from tests.bench.env.world import World, bench_spec
from vlmhb.env import EnvStore


def start_and_ensure(world: World) -> None:
    """One more process, from its start to the env of the world's own store."""
    subprocess.run(
        _program(world),
        input=f"{world.store.root}\n",
        check=True,
        stdout=PIPE,
        text=True,
        env=_environment(),
    )


class Crowd:
    """Processes that have imported what they need and wait to be told a store."""

    def __init__(self, world: World, count: int) -> None:
        self._processes = [
            subprocess.Popen(
                _program(world), stdin=PIPE, stdout=PIPE, text=True, env=_environment()
            )
            for _ in range(count)
        ]
        for process in self._processes:
            self._expect(process, "ready")

    def ensure(self, root: Path, count: int) -> None:
        """Have `count` of them want the env in the same store, and wait for all."""
        wanting = self._processes[:count]
        for process in wanting:
            assert process.stdin is not None
            process.stdin.write(f"{root}\n")
            process.stdin.flush()
        for process in wanting:
            self._expect(process, "done")

    def close(self) -> None:
        """Let them end."""
        for process in self._processes:
            process.communicate()

    def _expect(self, process: "subprocess.Popen[str]", word: str) -> None:
        assert process.stdout is not None
        said = process.stdout.readline().strip()
        if said != word:
            raise RuntimeError(f"one of the crowd said {said!r}, not {word!r}")


def _program(world: World) -> list[str]:
    return [sys.executable, "-m", "tests.bench.env.crowd", world.spec.folder]


def _environment() -> dict[str, str]:
    """Ours, but bytecode is written, as it is for peers and users."""
    return {name: v for name, v in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


if __name__ == "__main__":
    store = EnvStore(Path("/"))
    print("ready", flush=True)
    for line in sys.stdin:
        replace(store, root=Path(line.strip())).ensure(bench_spec(sys.argv[1]))
        print("done", flush=True)
