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
from vlmhb.worker.sandboxes import Sandboxes
from vlmhb.worker.self_test import Surroundings

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
    "Sandboxes",
    "Surroundings",
    "Worker",
    "WorkerEvent",
    "place_of",
]
