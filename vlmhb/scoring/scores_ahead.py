"""The scores of answers that were there early, made by a process of its own.

Some metrics take tenths of a second for an answer, while the machine with its GPUs is paid for.
Nobody relies on this process: who wants scores makes those that are missing.
"""

import sys
from contextlib import ExitStack, suppress
from pathlib import Path

from vlmhb.metrics.scoring import NOTHING_KNOWN, KnownResults
from vlmhb.scoring.scores_file import read_scores
from vlmhb.system.process import Command
from vlmhb.system.scratch import scratch_folder

CHILD = Path(__file__).with_name("ahead_child.py")
SILENCE_S = 120.0
"""How long all metrics together may take for one answer, before the rest is scored here."""


class ScoresAhead:
    """The process that scores a run while it goes on. No failure is raised.

    Example:
        with ScoresAhead(run_folder) as scores:
            scores.start()  # the journal is there by now
            scores.finish()  # it is closed
            known = scores.known()
    """

    def __init__(self, run_folder: Path, child: Path = CHILD) -> None:
        """`child` is the script that scores."""
        self._run_folder = run_folder
        self._child = child
        self._open = ExitStack()
        self._command: Command | None = None
        self._file: Path | None = None
        self._may_start = True

    def __enter__(self) -> "ScoresAhead":
        return self

    def __exit__(self, *error: object) -> None:
        """Whatever it is doing, it is not wanted any more."""
        with suppress(OSError):  # a folder that cannot be removed now is when this process is gone
            self._open.close()

    def start(self) -> None:
        """Begin with the answers that are in the journal; once."""
        if not self._may_start:
            return
        self._may_start = False
        with suppress(OSError, RuntimeError):  # no room for another process
            folder = Path(self._open.enter_context(scratch_folder("scores")))
            self._file = folder / "scores"
            words = (sys.executable, "-I", self._child, self._run_folder.absolute(), self._file)
            command = Command(words, environment={}, cwd=folder, is_told=True)
            self._command = self._open.enter_context(command)

    def finish(self) -> None:
        """No more answers come: it ends as soon as it has scored those that are there."""
        self._may_start = False
        if self._command is not None:
            self._command.tell("")

    def known(self) -> KnownResults:
        """What was scored, once all of it is; what is lacking is for the caller to score."""
        if self._command is None or self._file is None:
            return NOTHING_KNOWN
        with suppress(TimeoutError):
            self._command.wait(silence_s=SILENCE_S)
        return read_scores(self._file)
