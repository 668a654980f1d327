"""The tightest walls that hold and let a worker work, found by trying them."""

import contextlib
import pwd
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from vlmhb_worker.seccomp import AUDIT_ARCH

from vlmhb.domain.sandbox import Sandbox, SandboxChoice
from vlmhb.errors import SandboxError
from vlmhb.system.isolation import Isolation, capabilities, hide_memory, probe_isolation
from vlmhb.worker.launch import Launch
from vlmhb.worker.self_test import SelfTest, Surroundings, self_test
from vlmhb.worker.walls import (
    CAP_DAC_OVERRIDE,
    CAP_DAC_READ_SEARCH,
    TRUNCATE_SINCE,
    Network,
    Walls,
    machine,
)

NEWEST_LANDLOCK = 7
"""Of newer ones, what is known of this one is used."""

FAR_UIDS = (2_000_000_000, 2_100_000_000)
NEAR_UIDS = (61_184, 65_000)
"""Where user numbers end at 65,535: above systemd's, below nobody."""

Trial = Callable[[Launch, Walls, Surroundings], SelfTest]


class Sandboxes:
    """Finds walls for workers; what was tried for one counts for all of its like."""

    def __init__(
        self,
        choice: SandboxChoice,
        around: Surroundings,
        *,
        isolation: Isolation | None = None,
        trial: Trial = self_test,
    ) -> None:
        self._choice = choice
        self._around = around
        self._isolation = isolation
        self._trial = trial
        self._found: dict[object, tuple[Walls | None, Sandbox]] = {}
        hide_memory()

    def around(self, launch: Launch) -> tuple[Launch, Sandbox]:
        """The same worker to be, behind the best walls, and what they are.

        Raises:
            SandboxError: none of them is of the level that is required.
        """
        key = _needs(launch)
        if key not in self._found:
            self._found[key] = self._find(launch)
        walls, sandbox = self._found[key]
        if sandbox.level < self._choice.required:
            raise _not_met(launch, self._choice, sandbox)
        if walls is not None and walls.uid is not None:
            walls = replace(walls, uid=unused_uid())
        return replace(launch, walls=walls), sandbox

    def _find(self, launch: Launch) -> tuple[Walls | None, Sandbox]:
        lowered: dict[str, None] = {}
        if self._choice.most == 0:
            return None, Sandbox(0)
        if self._isolation is None:
            self._isolation = probe_isolation()
        for walls in candidates(launch, self._isolation, self._choice.most):
            if isinstance(walls, str):
                lowered[walls] = None
                continue
            tried = self._trial(launch, walls, self._around)
            if not tried.problem:
                # Ways to the same level that failed before this one need no word.
                above = [why for why in lowered if not why.startswith(f"level {walls.level}")]
                return walls, _in_force(walls, tried, tuple(above))
            lowered[f"level {walls.level}, user {walls.user}: {tried.problem}"] = None
        return None, Sandbox(0, lowered=tuple(lowered))


def candidates(launch: Launch, found: Isolation, most: int) -> Iterator[Walls | str]:
    """What to try, the best first; in place of what need not be tried, why not."""
    network = Network.OPEN if launch.network else Network.NONE
    if launch.loopback and not launch.network:
        network = Network.LOOPBACK
    uid = unused_uid() if found.switches_user else None
    if most > 1:
        yield from _with_landlock(found, uid, network)
    if uid is None:
        yield "level 1: needs root that may change its user"
    else:
        yield Walls(1, uid)


def unused_uid() -> int:
    """The number of a user that nobody is."""
    low, high = FAR_UIDS if _is_mapped(FAR_UIDS[1]) else NEAR_UIDS
    taken = owners(Path("/proc").glob("[0-9]*"))
    while True:
        uid = low + secrets.randbelow(high - low)
        if uid not in taken and not _has_name(uid):
            return uid


def _with_landlock(found: Isolation, uid: int | None, network: Network) -> Iterator[Walls | str]:
    if not found.landlock:
        yield f"level 2: Landlock is {found.landlock_problem}"
        return
    if not found.seccomp or machine() not in AUDIT_ARCH:
        yield "level 2: the kernel takes no filter of system calls that is known here"
        return
    version = min(found.landlock, NEWEST_LANDLOCK)
    if uid is not None:
        yield Walls(2, uid, None, version, network)
        for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE):
            is_safe = capability == CAP_DAC_READ_SEARCH or version >= TRUNCATE_SINCE
            if capability in capabilities() and is_safe:
                yield Walls(2, uid, capability, version, network)
                break
    yield Walls(2, None, None, version, network)


def _needs(launch: Launch) -> object:
    """What decides how a self-test ends."""
    weights = tuple((one.folder, one.files[:1]) for one in launch.weights)
    return (
        launch.python,
        tuple(sorted(launch.variables.items())),
        launch.network,
        launch.loopback,
        bool(launch.gpus),
        launch.drivers,
        launch.reads,
        weights,
    )


def _in_force(walls: Walls, tried: SelfTest, lowered: tuple[str, ...]) -> Sandbox:
    return Sandbox(
        level=walls.level,
        user=walls.user,
        network=(walls.network if walls.level > 1 else Network.OPEN).value,
        landlock=walls.landlock,
        probes=dict(tried.probes),
        lowered=lowered,
    )


def _not_met(launch: Launch, choice: SandboxChoice, sandbox: Sandbox) -> SandboxError:
    reasons = "".join(f"\n  {why}" for why in sandbox.lowered)
    return SandboxError(
        f"worker {launch.name} does not start",
        f"level {sandbox.level} of the sandbox is to be had for it, and level {choice.required} "
        f"is required{reasons or ': `sandbox` allows no more'}",
        next_step="vlmhb doctor says what this machine allows; docs/guide/security.md what each "
        "level needs",
    )


def owners(processes: Iterable[Path]) -> set[int]:
    """The users of those that still run."""
    found: set[int] = set()
    for path in processes:
        with contextlib.suppress(OSError):  # they come and go
            found.add(path.stat().st_uid)
    return found


def _is_mapped(uid: int) -> bool:
    return all(_map_covers(Path(f"/proc/self/{kind}_map"), uid) for kind in ("uid", "gid"))


def _map_covers(path: Path, uid: int) -> bool:
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError:
        return False
    spans = ((int(line.split()[0]), int(line.split()[2])) for line in lines)
    return any(start <= uid < start + count for start, count in spans)


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True
