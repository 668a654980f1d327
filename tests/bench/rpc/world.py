"""All sides, started and ready to measure themselves."""

import os
import subprocess
import sys
from pathlib import Path

import vlmhb_worker

import vlmhb
from tests.bench.row import reason_of
from tests.bench.rpc import programs
from tests.bench.rpc.peers import PEERS
from tests.bench.rpc.resident import Resident
from tests.contract.workers import LENT
from vlmhb.env import Uv

ROOTS = (Path(vlmhb.__file__).parents[1], Path(vlmhb_worker.__file__).parents[1])
VARIABLES = {"PYTHONPATH": os.pathsep.join(map(str, ROOTS)), "LENT": LENT}
OWN = {
    "raw pipe": programs.RAW_PIPE,
    "raw pipe, a thread on each side": programs.THREADED_PIPE,
    "frames": programs.FRAMES,
    "client, pipe": "SHARED = False\n" + programs.CLIENT,
    "client, shared memory": "SHARED = True\n" + programs.CLIENT,
}


class World:
    """The sides by name; those that cannot run here are in `absent`, with the reason."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.sides = {
            name: Resident(folder, program, variables=VARIABLES) for name, program in OWN.items()
        }
        self.absent: dict[str, str] = {}
        for name, peer in PEERS.items():
            try:
                python = self._venv(name, peer.REQUIREMENTS)
                self.sides[name] = Resident(folder, peer.PROGRAM, python)
            except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
                self.absent[name] = reason_of(error)

    def take(self, name: str, size: int, count: int) -> float | None:
        """Median microseconds of a side's call; None from a side that cannot make it."""
        side = self.sides.get(name)
        if side is None:
            return None
        try:
            return side.p50_us(size, count)
        except RuntimeError as error:
            self.absent[name] = f"{size:,} bytes: {reason_of(error)}"
            del self.sides[name]
            return None

    def close(self) -> None:
        """End all."""
        for side in self.sides.values():
            side.close()

    def _venv(self, name: str, requirements: tuple[str, ...]) -> str:
        if not requirements:
            return sys.executable
        home = self._folder / "".join(filter(str.isalpha, name))
        uv = Uv.installed()
        python = home / "bin" / "python"
        for words in (
            ("venv", "--quiet", "--no-project", "--python", sys.executable, str(home)),
            ("pip", "install", "--quiet", "--python", str(python), *requirements),
        ):
            subprocess.run(
                [str(uv.binary), *words], check=True, env=dict(uv.environment), cwd=self._folder
            )
        return str(python)
