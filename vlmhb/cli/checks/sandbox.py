"""Walls around workers: what is in force, and what this machine would allow."""

from collections.abc import Iterator

from vlmhb.cli.checks.check import Check, Status
from vlmhb.system.isolation import Isolation, probe_isolation

_TCP_SINCE = 4
_SIGNALS_SINCE = 6


def sandbox() -> Iterator[Check]:
    """The level in force, and those that could be had."""
    yield judge_isolation(probe_isolation())


def judge_isolation(found: Isolation) -> Check:
    """What can honestly be said of workers here."""
    available = [
        f"1 separate user: {'available' if found.switches_user else 'no (needs root)'}",
        f"2 Landlock and seccomp: {_level_2(found)}",
    ]
    in_force = (
        "level 0 is in force in every run: no secret is given to models, which is no defence "
        "against malicious ones; not used yet: "
    )
    return Check("sandbox", Status.OK, in_force + ", ".join(available))


def _level_2(found: Isolation) -> str:
    if not found.landlock:
        return f"no (Landlock is {found.landlock_problem})"
    if not found.seccomp:
        return "no (the kernel takes no seccomp filters)"
    covers = ["files"]
    covers += ["TCP"] if found.landlock >= _TCP_SINCE else []
    covers += ["signals"] if found.landlock >= _SIGNALS_SINCE else []
    return f"available (Landlock {found.landlock}: {', '.join(covers)})"
