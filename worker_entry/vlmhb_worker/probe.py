"""What this interpreter and its devices are, without importing anything to find out."""

from __future__ import annotations

import os
import sys

from vlmhb_worker import PROTOCOL_VERSION, WORKER_VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmhb_worker.wire import Message


def greeting() -> Message:
    """The worker's first message."""
    return {
        "type": "hello",
        "protocol": [PROTOCOL_VERSION, PROTOCOL_VERSION],
        "worker_version": WORKER_VERSION,
        "python": "{}.{}.{}".format(*sys.version_info[:3]),
        "pid": os.getpid(),
    }


def gpu_memory_bytes() -> int | None:
    """GPU memory that torch holds for the loaded model, None where torch uses no GPU."""
    torch = sys.modules.get("torch")
    if torch is None:
        return None
    try:
        cuda = torch.cuda
        if not cuda.is_initialized():
            return None
        return sum(int(cuda.memory_reserved(index)) for index in range(cuda.device_count()))
    except (AttributeError, RuntimeError, AssertionError):
        # A half-imported torch, or a driver that lost its device: the load itself succeeded.
        return None
