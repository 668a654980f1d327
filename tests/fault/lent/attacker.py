"""A model that attacks what it finds: row W25. Runs inside a worker."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Any

from vlmhb_worker.backend import Backend, LoadJob, Progress, Reply, Request


def overwrite(path: str) -> None:
    """Put other bytes in place of the first."""
    with Path(path).open("r+b") as file:
        file.write(b"HACKED")


def append(path: str) -> None:
    """Add a line."""
    with Path(path).open("ab") as file:
        file.write(b"HACKED\n")


def truncate(path: str) -> None:
    """Empty it, by each way there is."""
    os.close(os.open(path, os.O_RDONLY | os.O_TRUNC))


def replace(path: str) -> None:
    """Put another file in its place."""
    other = Path(path + ".new")
    other.write_bytes(b"HACKED")
    other.replace(path)


def read(path: str) -> None:
    """Look at it."""
    Path(path).read_bytes()


def load(path: str) -> None:
    """Have it as a library."""
    ctypes.CDLL(path)


ATTACKS = {"overwrite": overwrite, "append": append, "truncate": truncate, "replace": replace}
ATTACKS["read"] = read
ATTACKS["load"] = load


class Attacker(Backend):
    """Reports what came of each attack as its facts."""

    def load(self, job: LoadJob, progress: Progress) -> dict[str, str]:
        """Attack everything that `params.targets` names: (what, how, path)."""
        del progress
        return {f"{how} {what}": attempt(how, path) for what, how, path in job.params["targets"]}

    def answer(self, request: Request) -> Reply:
        """What this process has in its environment, arguments and open files."""
        return Reply(repr(sorted(os.environ)) + request.prompt)


def attempt(how: str, path: Any) -> str:
    """`done`, or what kept it from being done."""
    try:
        ATTACKS[how](path)
    except OSError as error:
        return type(error).__name__
    return "done"
