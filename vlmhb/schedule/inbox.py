"""What happened and is still to be handled, in the order it came."""

import queue
from dataclasses import dataclass
from typing import TypeAlias

from vlmhb.schedule import progress
from vlmhb.schedule.supply.preparation import EnvDone, WeightsDone
from vlmhb.schedule.workers.monitor import Worry
from vlmhb.worker import WorkerEvent


@dataclass(frozen=True, slots=True)
class Signal:
    """The user or the pod asked to stop."""


@dataclass(frozen=True, slots=True)
class Said:
    """Something a worker did."""

    worker: str
    event: WorkerEvent


Item: TypeAlias = (
    EnvDone
    | WeightsDone
    | Said
    | progress.EnvStep
    | progress.WeightsStep
    | progress.GpuReturned
    | progress.Measured
    | progress.GpuUnread
    | Worry
)
"""What a machine has to see to."""


class Inbox:
    """For one reader, and writers in any thread."""

    def __init__(self) -> None:
        self._items: queue.SimpleQueue[Item | Signal] = queue.SimpleQueue()

    def put(self, item: Item | Signal) -> None:
        """Safe inside a signal handler."""
        self._items.put(item)

    def next(self, longest_s: float) -> Item | Signal | None:
        """What came first; None when nothing comes for so long."""
        try:
            return self._items.get(timeout=longest_s)
        except queue.Empty:
            return None
