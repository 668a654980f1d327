"""`python -m tests.fault.killed`: processes that are killed in front of their n-th change.

`points ROOT SAMPLES` writes small runs into ROOT/killed-1, ROOT/killed-2 and so on, each killed in
front of one change more, until one of them ends. `again ROOT SAMPLES` reads lines `N M`: it goes
on with ROOT/killed-N and is killed in front of the M-th change. `command NTH OUT WORDS...` is
`vlmhb WORDS...`, killed in front of the NTH change below OUT.
"""

import os
import sys
from pathlib import Path

from tests.fault.faulty import KillAt
from tests.fault.small_run import tasks_of, write_run
from vlmhb.cli import main
from vlmhb.system.durable import watched_by
from vlmhb.system.host import source_commit


def killed_run(folder: Path, samples: int, nth: int) -> bool:
    """Whether it was killed before its end; in a process of its own, which has all modules."""
    child = os.fork()
    if child == 0:
        try:
            with watched_by(KillAt(folder, nth)):
                write_run(folder, tasks_of(samples))
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1] != 0


def all_points(root: Path, samples: int) -> None:
    source_commit()  # asked of git once, and not by every child
    nth = 1
    while killed_run(root / f"killed-{nth}", samples, nth):
        nth += 1


if __name__ == "__main__":
    kind, *words = sys.argv[1:]
    if kind == "points":
        all_points(Path(words[0]), int(words[1]))
    elif kind == "again":
        source_commit()
        for line in sys.stdin:
            first, second = map(int, line.split())
            killed_run(Path(words[0]) / f"killed-{first}", int(words[1]), second)
    else:
        sys.argv = ["vlmhb", *words[2:]]
        with watched_by(KillAt(Path(words[1]).absolute(), int(words[0]))):
            main()
