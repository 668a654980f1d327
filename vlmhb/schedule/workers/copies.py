"""Whether the host's memory has room for one more worker of a model."""

from collections.abc import Callable, Sequence

from vlmhb.domain.sizes import gib
from vlmhb.system.memory import available_bytes
from vlmhb.system.mounts import read_mounts
from vlmhb.system.process_tree import own_bytes, process_of, read_tree

SPARE_SHARE = 1.25
"""Times what the others have, so that they and it may still grow."""


def no_room(
    pids: Sequence[int],
    taken: Callable[[int], int | None] | None = None,
    available: Callable[[], int] | None = None,
) -> str:
    """Why a copy of the workers with these guards should not be started; empty when it may.

    `taken` tells the memory of a worker, `available` that of the host, but for tests.
    """
    told = [size for pid in pids if (size := (taken or _taken_bytes)(pid)) is not None]
    needed = int(SPARE_SHARE * max(told, default=0))
    left = (available or _available_bytes)()
    if needed <= left:
        return ""
    return f"one more worker may take {gib(needed)} of the host's memory, {gib(left)} are left"


def _taken_bytes(pid: int) -> int | None:
    root = process_of(pid)
    tree = None if root is None else read_tree(root)
    return None if tree is None else own_bytes(tree.pids)


def _available_bytes() -> int:
    return available_bytes(read_mounts())
