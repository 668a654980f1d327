"""Walls around workers: what is in force, and what keeps it from being more."""

from collections.abc import Iterator

from vlmhb.cli.checks.check import Check, Status
from vlmhb.domain.sandbox import Sandbox
from vlmhb.pipeline.outlook import sandbox_here
from vlmhb.system.isolation import Isolation, probe_isolation

_TCP_SINCE = 4
_SIGNALS_SINCE = 6


def sandbox() -> Iterator[Check]:
    """The level that runs get, found by trying."""
    yield judge_sandbox(sandbox_here(), probe_isolation())


def judge_sandbox(sandbox: Sandbox, found: Isolation) -> Check:
    """What can honestly be said of workers here."""
    parts = [f"runs get level {sandbox.level} here, tried with vlmhb's own Python"]
    if sandbox.level:
        denied = sum(result == "denied" for result in sandbox.probes.values())
        parts.append(f"user: {sandbox.user}")
        parts.append(f"network: {sandbox.network}")
        parts.append(f"{denied} of {len(sandbox.probes)} attempts to get out were denied")
    else:
        parts.append("no secret is given to models, which is no defence against malicious ones")
    parts.append(_landlock(found))
    parts += [f"no higher: {why}" for why in sandbox.lowered]
    return Check("sandbox", Status.OK, "; ".join(parts))


def _landlock(found: Isolation) -> str:
    if not found.landlock:
        return f"Landlock is {found.landlock_problem}"
    covers = ["files"]
    covers += ["TCP"] if found.landlock >= _TCP_SINCE else []
    covers += ["signals"] if found.landlock >= _SIGNALS_SINCE else []
    filters = "" if found.seccomp else ", and no seccomp filters"
    return f"Landlock {found.landlock}: {', '.join(covers)}{filters}"
