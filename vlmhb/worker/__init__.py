"""The host side of one worker."""

from vlmhb.worker.client import Worker
from vlmhb.worker.events import (
    Answered,
    Death,
    DeathKind,
    Died,
    Hello,
    Loaded,
    LoadFailed,
    LoadProgress,
    Logged,
    WorkerEvent,
)
from vlmhb.worker.hub_view import place_of
from vlmhb.worker.launch import Launch
from vlmhb.worker.order import LoadOrder

__all__ = [
    "Answered",
    "Death",
    "DeathKind",
    "Died",
    "Hello",
    "Launch",
    "LoadFailed",
    "LoadOrder",
    "LoadProgress",
    "Loaded",
    "Logged",
    "Worker",
    "WorkerEvent",
    "place_of",
]
