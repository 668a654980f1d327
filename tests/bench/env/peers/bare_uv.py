"""Bare uv: what a careful shell script would do."""

import subprocess
from pathlib import Path

from tests.bench.env.world import World
from tests.bench.row import timed_s


class BareUv:
    """`uv venv`, then `uv pip sync` of the lock, offline and with hashes."""

    def __init__(self, world: World) -> None:
        self._world = world

    def build(self, venv: Path) -> float:
        """Seconds that a new env in `venv` takes."""
        return timed_s(lambda: self._build(venv))

    def sync(self, venv: Path) -> None:
        """Install what the lock says; nothing, the second time."""
        self._call(
            *("pip", "sync", "--quiet", "--offline", "--require-hashes", "--no-build"),
            *("--link-mode", "hardlink", "--python", str(venv / "bin" / "python")),
            str(self._world.lock),
        )

    def _build(self, venv: Path) -> None:
        flags = ["--relocatable", "--no-project", "--python", str(self._world.python)]
        self._call("venv", "--quiet", *flags, str(venv))
        self.sync(venv)

    def _call(self, *words: str) -> None:
        argv = [str(self._world.uv.binary), *words]
        subprocess.run(argv, check=True, env=dict(self._world.uv.environment), cwd="/")
