"""Room for an env that is not built yet: what `vlmhb plan` counts, and what is said of it."""

from collections.abc import Iterator

from vlmhb.cli.checks.check import Check, Status
from vlmhb.domain.needs import EnvNeed
from vlmhb.domain.sizes import gib, megabytes
from vlmhb.env import EnvStore
from vlmhb.plan.estimates import DiskOutlook, env_demands, judge_disks
from vlmhb.system.disks import LocalDisks


def room_for(name: str, need: EnvNeed, store: EnvStore) -> Iterator[Check]:
    """Each disk that building the env comes to.

    Raises:
        OSError: a folder cannot be looked at.
    """
    disks = LocalDisks()
    demands = env_demands([need], disks.under(store.uv.cache_folder()), disks.under(store.root))
    return (judge_room(name, disk) for disk in judge_disks(demands))


def judge_room(name: str, disk: DiskOutlook) -> Check:
    """A failure when it certainly does not suffice, a warning when an estimate says so."""
    what = "not all that comes is known" if disk.likely.size_bytes is None else "estimated need"
    found = f"{disk.disk.point} has {gib(disk.disk.free_bytes)} free, {what}"
    found += f" {megabytes(disk.known_bytes)}" if disk.likely.size_bytes is not None else ""
    if disk.obstacle:
        return Check(name, Status.FAIL, disk.obstacle.problem, disk.obstacle.fix)
    if disk.warning:
        return Check(name, Status.WARN, disk.warning.partition("; ")[0], disk.fix)
    return Check(name, Status.OK, found)
