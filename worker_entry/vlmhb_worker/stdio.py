"""Takes the pipes on 0 and 1 before a model's libraries can reach them. Imports nothing else."""

from __future__ import annotations

import os


def take_frames() -> tuple[int, int]:
    """Private copies of the pipes on 0 and 1.

    From now on whatever is printed goes to 2 and whoever reads finds an empty file. The copies are
    closed on exec, so that no child of a model holds them.
    """
    source, sink = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return source, sink
