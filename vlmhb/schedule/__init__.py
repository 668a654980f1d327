"""Plan -> a stream of outcomes: a pure state machine and the executor that carries it out."""

from vlmhb.schedule.availability import missing_files
from vlmhb.schedule.local import execute
from vlmhb.schedule.progress import Answered, GaveUp, Observer, Progress
from vlmhb.schedule.recorder import SegmentRecorder

__all__ = [
    "Answered",
    "GaveUp",
    "Observer",
    "Progress",
    "SegmentRecorder",
    "execute",
    "missing_files",
]
