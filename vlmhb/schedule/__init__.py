"""Plan -> a stream of outcomes: a pure state machine and the executor that carries it out."""

from vlmhb.schedule.charges import unreadable
from vlmhb.schedule.local import execute
from vlmhb.schedule.progress import Answered, GaveUp, ModelStarting, Noted, Observer, Progress
from vlmhb.schedule.recorder import SegmentRecorder, Usable
from vlmhb.schedule.standing import EarlierStarts, Standing, standing_of
from vlmhb.schedule.supply.same_weights import SameWeights
from vlmhb.schedule.supply.supplies import Supplies
from vlmhb.schedule.tally import Tally

__all__ = [
    "Answered",
    "EarlierStarts",
    "GaveUp",
    "ModelStarting",
    "Noted",
    "Observer",
    "Progress",
    "SameWeights",
    "SegmentRecorder",
    "Standing",
    "Supplies",
    "Tally",
    "Usable",
    "execute",
    "standing_of",
    "unreadable",
]
