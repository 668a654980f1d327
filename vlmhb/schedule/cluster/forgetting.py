"""Removing what the nodes of a cluster keep of a run."""

import queue

from vlmhb.schedule.cluster.answers_file import forget
from vlmhb.schedule.cluster.muster import Muster
from vlmhb.system.clock import monotonic_s

LONGEST_S = 10.0
"""A node that takes longer keeps what it has; it is small."""


def forget_on(found: Muster) -> None:
    """The driver has everything: nodes need to keep nothing."""
    ended: queue.SimpleQueue[str] = queue.SimpleQueue()
    asked = 0
    for member in found.roster:
        found.cluster.ask(member.node.id, forget, (found.order,), _nothing, ended.put)
        asked += 1
    until_s = monotonic_s() + LONGEST_S
    try:
        for _ in range(asked):
            ended.get(timeout=max(0.0, until_s - monotonic_s()))
    except queue.Empty:
        return


def _nothing(_told: object) -> None:
    pass
