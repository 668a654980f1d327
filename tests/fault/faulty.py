"""Disks that refuse the n-th change, and processes that are killed in front of it."""

import os
import signal
import threading
from pathlib import Path

from vlmhb.system.durable import Change


class NthChange:
    """Counts the changes below a folder; what happens at the n-th is for its children to say."""

    def __init__(self, root: Path, nth: int) -> None:
        self._root = root
        self._left = nth
        self._turn = threading.Lock()

    def __call__(self, change: Change) -> None:
        if not change.path.is_relative_to(self._root):
            return
        with self._turn:
            self._left -= 1
            left = self._left
        self.at(left, change)

    def at(self, left: int, change: Change) -> None:
        """So many changes are left before it; 0 is the n-th itself, and less what comes then."""
        raise NotImplementedError


class KillAt(NthChange):
    """The process is killed in front of the n-th change."""

    def at(self, left: int, change: Change) -> None:
        """Kill it."""
        del change
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class RefuseFrom(NthChange):
    """The n-th change is refused, and as many after it as are told."""

    def __init__(self, root: Path, nth: int, number: int, times: int) -> None:
        super().__init__(root, nth)
        self._number = number
        self._times = times
        self.refused: Change | None = None
        """The first one."""

    def at(self, left: int, change: Change) -> None:
        """Refuse it."""
        if -self._times < left <= 0:
            self.refused = self.refused or change
            raise OSError(self._number, os.strerror(self._number))
