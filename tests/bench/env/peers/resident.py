"""Peers that are Python packages: one process of theirs lives in a venv of its own."""

import os
import subprocess
import time
from functools import partial
from pathlib import Path

from tests.bench.env.world import World


class Resident:
    """A process that builds an env for every path it is told, and says how long it took."""

    def __init__(self, world: World, requirements: tuple[str, ...], program: str) -> None:
        home = world.new_path()
        self._call(world, "venv", "--quiet", "--no-project", "--python", world.python, home)
        python = home / "bin" / "python"
        self._call(world, "pip", "install", "--quiet", "--python", python, *requirements)
        # Peers resolve what the lock resolved: uv's cache shall hold what they look up for that.
        dry_run = ("pip", "install", "--quiet", "--dry-run", "--python", python)
        self._call(world, *dry_run, "-r", world.lock)
        self._log = (home / "log.txt").open("w+")
        self._start = partial(
            subprocess.Popen,
            [str(python), "-c", program, str(home), str(world.lock)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            cwd=home,
            env={
                **world.offline,
                "UV_LINK_MODE": "hardlink",
                "PATH": os.pathsep.join([str(world.uv.binary.parent), os.defpath]),
                "UV_CACHE_DIR": str(world.uv.cache_folder()),
            },
        )
        self._process = self._start()

    def build(self, venv: Path) -> float:
        """Seconds that a new env in `venv` takes.

        Raises:
            RuntimeError: it could not be built.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{venv}\n")
        self._process.stdin.flush()
        return self._seconds(self._process.stdout.readline())

    def start_and_build(self, venv: Path) -> float:
        """Seconds from the start of a program that needs a new env in `venv` to that env.

        Raises:
            RuntimeError: it could not be built.
        """
        started = time.perf_counter()
        answer, _ = self._start().communicate(f"{venv}\n")
        elapsed_s = time.perf_counter() - started
        self._seconds(answer)
        return elapsed_s

    def _seconds(self, answer: str) -> float:
        if not answer.startswith("built "):
            self._log.seek(0)
            raise RuntimeError(answer + self._log.read()[-2000:])
        return float(answer.split()[1])

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.communicate()
        self._log.close()

    def _call(self, world: World, *words: object) -> None:
        argv = [str(world.uv.binary), *map(str, words)]
        subprocess.run(argv, check=True, env=dict(world.uv.environment), cwd="/")
