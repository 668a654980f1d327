"""Questions to GPUs that end even when the driver does not answer."""

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

from vlmhb.schedule.gpus.use import Gpus
from vlmhb.system.gpu_counters import GpuCounters
from vlmhb.system.gpu_memory import GpuMemory, GpuUser

ANSWER_S = 5.0
"""How long a GPU may take to answer. The driver hangs for good when a GPU fell off the bus."""

_Told = TypeVar("_Told")


class CarefulGpus:
    """GPUs of which each that hangs, or breaks its answer, counts as one that does not tell.

    A GPU is not asked again before it has answered the question it hangs in.
    """

    def __init__(self, gpus: Gpus, answer_s: float) -> None:
        self.usable = gpus.usable
        self.driver = gpus.driver
        self._gpus = gpus
        self._answer_s = answer_s
        self._late: dict[str, threading.Thread] = {}
        """By GPU: who still waits for an answer."""

    def hangs(self, uuid: str) -> bool:
        """Whether the GPU owes an answer for longer than it may take."""
        return uuid in self._late and self._late[uuid].is_alive()

    def memory(self, uuid: str) -> GpuMemory | None:
        """How full the GPU is; None when it does not tell, or not in time."""
        return self._ask(uuid, lambda: self._gpus.memory(uuid), None)

    def users(self, uuid: str) -> tuple[GpuUser, ...]:
        """The processes with memory there; none when it does not tell, or not in time."""
        return self._ask(uuid, lambda: self._gpus.users(uuid), ())

    def counters(self, uuid: str) -> GpuCounters:
        """What the GPU does; with a problem when it does not tell, or not in time."""
        silent = GpuCounters(problem="it does not answer")
        return self._ask(uuid, lambda: self._counters(uuid), silent)

    def close(self) -> None:
        """No more questions come."""
        self._ask("", self._gpus.close, None)

    def _counters(self, uuid: str) -> GpuCounters:
        try:
            return self._gpus.counters(uuid)
        except Exception as error:  # noqa: BLE001 - figures are not worth a run
            return GpuCounters(problem=f"{type(error).__name__}: {error}")

    def _ask(self, uuid: str, question: Callable[[], _Told], unknown: _Told) -> _Told:
        if self.hangs(uuid):
            return unknown
        told: queue.SimpleQueue[_Told] = queue.SimpleQueue()

        def ask() -> None:
            try:
                told.put(question())
            except (OSError, ValueError):  # what the driver said cannot be read
                told.put(unknown)

        # One per question, and a daemon: one that hangs must not keep the process.
        asking = threading.Thread(target=ask, name=f"ask {uuid}", daemon=True)
        asking.start()
        try:
            return told.get(timeout=self._answer_s)
        except queue.Empty:
            self._late[uuid] = asking
            return unknown
