"""The ladder by which a worker is made to end."""

import os
from typing import cast

from vlmhb.worker.process import WorkerProcess
from vlmhb.worker.pump import Pump


class DeafGuard:
    """Has pipes like a worker's, and dies only of the last step."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.death, self._life = os.pipe()
        self.answers, self._says = os.pipe()
        self._hears, self.requests = os.pipe()

    def terminate(self) -> None:
        self.steps.append("terminate")

    def kill_tree(self) -> None:
        self.steps.append("kill_tree")
        os.close(self._life)

    def close(self) -> None:
        for fd in (self.death, self.answers, self._says, self._hears, self.requests):
            os.close(fd)


def test_a_guard_that_does_not_listen_is_killed_with_all_below_it() -> None:
    guard = DeafGuard()
    pump = Pump(cast("WorkerProcess", guard), lambda _message: None)
    pump.stop_after(0)

    pump.run()

    assert ["terminate", "kill_tree"] == guard.steps
    pump.close()
    guard.close()
