"""Workers and self-tests behind walls, in a Python that every user of the machine may start."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgpack
import pytest
import vlmhb_worker

from vlmhb.domain.sandbox import SandboxChoice
from vlmhb.system.isolation import Isolation, capabilities, probe_isolation
from vlmhb.worker import Launch
from vlmhb.worker.sandboxes import NEWEST_LANDLOCK, unused_uid
from vlmhb.worker.self_test import Surroundings
from vlmhb.worker.walls import CAP_DAC_READ_SEARCH, Network, Walls

SYSTEM_PYTHON = "/usr/bin/python3"
SEARCH_BIT = 0o001


@dataclass(frozen=True, slots=True)
class Ground:
    """A folder that every user may enter, with what a worker of any user can import."""

    folder: Path

    @classmethod
    @contextmanager
    def laid(cls) -> Iterator["Ground"]:
        """One that is gone afterwards."""
        folder = Path(tempfile.mkdtemp(prefix="vlmhb-g09-")).resolve()
        try:
            folder.chmod(0o755)
            source = Path(msgpack.__file__).parent
            shutil.copytree(
                source, folder / "lent/msgpack", ignore=shutil.ignore_patterns("*.so", "__pyc*")
            )
            for name in ("attacker.py",):
                shutil.copyfile(Path(__file__).with_name("lent") / name, folder / "lent" / name)
            (folder / "scratch").mkdir()
            yield cls(folder)
        finally:
            shutil.rmtree(folder)

    def launch(self, walls: Walls | None = None, **more: object) -> Launch:
        """A worker to be, in the system's Python."""
        return Launch(
            SYSTEM_PYTHON,
            {},
            self.folder / "scratch",
            self.folder / "worker.log",
            "attacked",
            lent=str(self.folder / "lent"),
            walls=walls,
            **more,  # type: ignore[arg-type]
        )


def around(home: Path) -> Surroundings:
    """A host of which nothing is real but its processes."""
    return Surroundings(home=home)


def landlock() -> int:
    """Its version here.

    Skips the test where there is none.
    """
    found = probe_isolation()
    if not found.landlock or not found.seccomp:
        pytest.skip(f"level 2 is not to be had here: Landlock is {found.landlock_problem or 1}")
    return min(found.landlock, NEWEST_LANDLOCK)


def own_user() -> int:
    """The number of a user that nobody is.

    Skips the test where this process may not become it, or where that user could not get at vlmhb.
    """
    if not probe_isolation().switches_user:
        pytest.skip("level 1 needs root that may change its user")
    needed = Path(SYSTEM_PYTHON).resolve(), Path(vlmhb_worker.__file__).resolve()
    for path in needed:
        closed = [one for one in path.parents if not one.stat().st_mode & SEARCH_BIT]
        if closed:
            pytest.skip(f"{closed[0]} is closed to other users")
    return unused_uid()


def all_walls() -> dict[str, Walls]:
    """By name, every way of holding a worker that this machine has."""
    found = probe_isolation()
    uid = unused_uid() if found.switches_user else None
    ways: dict[str, Walls] = {}
    if uid is not None:
        ways["level 1"] = Walls(1, uid)
    ways |= _with_landlock(found, uid)
    return ways


def _with_landlock(found: Isolation, uid: int | None) -> dict[str, Walls]:
    if not (found.landlock and found.seccomp):
        return {}
    version = min(found.landlock, NEWEST_LANDLOCK)
    ways = {"level 2 without a user": Walls(2, None, None, version, Network.NONE)}
    if uid is not None:
        ways["level 2"] = Walls(2, uid, None, version, Network.NONE)
        if CAP_DAC_READ_SEARCH in capabilities():
            ways["level 2 past closed folders"] = Walls(
                2, uid, CAP_DAC_READ_SEARCH, version, Network.NONE
            )
    return ways


AUTO = SandboxChoice()
ROOT = os.geteuid() == 0
