"""Other ways to the same packages, one file each."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from tests.bench.env.peers.appose_uv import ApposeUv
from tests.bench.env.peers.isolate_uv import IsolateUv
from tests.bench.env.peers.venv_pip import VenvPip
from tests.bench.env.world import World
from tests.bench.row import reason_of


class Peer(Protocol):
    """Somebody else's way to build an env."""

    def build(self, venv: Path) -> float:
        """Seconds that a new env in `venv` takes."""

    def start_and_build(self, venv: Path) -> float:
        """Seconds from the start of a program that needs a new env in `venv` to that env."""

    def close(self) -> None:
        """End what was started."""


KINDS: Mapping[str, Callable[[World], Peer]] = {
    "appose + uv": ApposeUv,
    "isolate + uv": IsolateUv,
    "venv + pip": VenvPip,
}
LIMITS = {"appose + uv": 0.7, "isolate + uv": 0.5, "venv + pip": 0.05}
PROGRAMS = frozenset({"venv + pip"})
"""Those that start anew for every build."""


def ready(world: World) -> tuple[dict[str, Peer], dict[str, str]]:
    """The peers that run here, and why the others do not."""
    peers: dict[str, Peer] = {}
    absent = {}
    for name, kind in KINDS.items():
        try:
            peers[name] = kind(world)
        except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
            absent[name] = reason_of(error)
    return peers, absent
