"""Scores the answers of a run while more of them come; run as a script in a process of its own.

    python -I ahead_child.py RUN_FOLDER SCORES_FILE

It follows the journal, and appends scores to the file (`scores_file.py`). The end of its stdin says
that no more answers come: it scores those that are left, and ends. From then on it writes a line to
stderr each second.
"""

import os
import resource
import select
import sys
import time
from pathlib import Path

import vlmhb
from vlmhb.scoring.follower import Follower
from vlmhb.scoring.scores_file import append_scores
from vlmhb.store import RunDir

LOOKS_EVERY_S = 0.5
BEATS_EVERY_S = 1.0
COURTESY = 10
"""Models go first, and so does who keeps their answers."""


def main() -> None:
    """Do as told on the command line."""
    run_folder, scores_file = map(Path, sys.argv[1:])
    if Path(vlmhb.__file__).parent.resolve() != Path(__file__).resolve().parents[1]:
        sys.exit("another vlmhb is installed, whose scores may be others")
    os.nice(COURTESY)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    end = End()
    follower = Follower(RunDir(run_folder))
    with scores_file.open("ab") as file:
        while True:
            is_last = end.has_come(LOOKS_EVERY_S)  # looked at first: then all answers are there
            for scores in follower.scores():
                append_scores(file, scores)
                end.beat()
            if is_last:
                return


class End:
    """The end of stdin, and the sign of life after it."""

    def __init__(self) -> None:
        self._has_come = False
        self._beat_s = 0.0

    def has_come(self, wait_s: float) -> bool:
        """Whether it has, or does within so many seconds."""
        if not self._has_come:
            self._has_come = bool(select.select([0], [], [], wait_s)[0])
        return self._has_come

    def beat(self) -> None:
        """Tell who waits that there is somebody."""
        if time.monotonic() - self._beat_s >= BEATS_EVERY_S and self.has_come(0):
            self._beat_s = time.monotonic()
            sys.stderr.write("scoring\n")
            sys.stderr.flush()


if __name__ == "__main__":
    main()
    os._exit(0)  # somebody waits, and the system takes everything back anyway
