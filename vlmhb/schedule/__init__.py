"""Plan -> a stream of outcomes: a pure state machine and the executor that carries it out."""

from vlmhb.schedule.local import execute
from vlmhb.schedule.progress import Answered, GaveUp, Observer, Progress
from vlmhb.schedule.recorder import SegmentRecorder
from vlmhb.schedule.supply.same_weights import SameWeights
from vlmhb.schedule.supply.supplies import Supplies

__all__ = [
    "Answered",
    "GaveUp",
    "Observer",
    "Progress",
    "SameWeights",
    "SegmentRecorder",
    "Supplies",
    "execute",
]
